import { isUtf8 } from "node:buffer";
import type { InboundMessage } from "../port/broker.ts";
import type { RdMessage } from "./client/rd-kafka.ts";

/** A message of librdkafka as the port has it. Anybody may have written it: nothing in it makes this throw. */
export function toInbound({ topic, partition, offset, key, headers, value, timestamp }: RdMessage): InboundMessage {
  return {
    topic,
    partition,
    offset: BigInt(offset),
    key: key && isUtf8(key) ? key.toString() : undefined,
    headers: Object.fromEntries((headers ?? []).flatMap(Object.entries).map(([name, bytes]) => [name, textOf(bytes)])),
    value: value ?? new Uint8Array(),
    sentAt: new Date(timestamp ?? 0),
  };
}

const textOf = (bytes: unknown): string => (Buffer.isBuffer(bytes) ? bytes.toString() : "");
