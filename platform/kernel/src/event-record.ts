import type { AppError } from "./app-error.ts";
import type { Uuid } from "./uuid.ts";

/** An event on its way between a service's database and a broker: encoded, and with all that it takes to keep its order. */
export interface EventRecord {
  /** Made by the producer, a UUID version 7. A repeat carries the same. */
  readonly eventId: Uuid;
  /** The full name of the protobuf message. */
  readonly type: string;
  readonly topic: string;
  /** The aggregate. Events with the same key stay in the order of their versions. */
  readonly key: Uuid;
  /** Counts the events of the aggregate in this topic: 1, 2, 3 without a gap. */
  readonly version: number;
  /** The protobuf message. */
  readonly payload: Uint8Array;
  /** What travels beside it: trace context, fingerprint of the schema. Never the fields above. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What became of a message given to a broker. A message without acknowledgement may have been stored all the same: it is
 * sent again, and its consumers drop the repeat.
 */
export type SendOutcome = { readonly acked: true } | { readonly acked: false; readonly error: AppError };
