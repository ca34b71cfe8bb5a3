import type { InboundMessage } from "../port/broker.ts";

/** A row of `log_message`. */
export interface MessageRow {
  readonly offset: bigint;
  readonly key: Uint8Array;
  readonly headers: Uint8Array;
  readonly value: Uint8Array;
  readonly sentAt: Date;
}

/** Only the log writes these rows, so the headers are what it made of them. */
export function toInbound(topic: string, partition: number, row: MessageRow): InboundMessage {
  const { offset, value, sentAt } = row;
  const headers: Record<string, string> = JSON.parse(decode(row.headers));
  return { topic, partition, offset, key: decode(row.key), headers, value, sentAt };
}

const decode = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
