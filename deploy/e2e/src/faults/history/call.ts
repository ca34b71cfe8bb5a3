/** What a person asked the system to do. */
export type Operation = "create" | "pay" | "cancel" | "topUp";

/** The system said yes, with what it said. */
export interface Ok {
  readonly kind: "ok";
  /** 200, 201, 202 or 204. 202 is a promise: a payment by wallet has begun. */
  readonly status: number;
  readonly orderUuid?: string;
  readonly transactionUuid?: string;
  readonly totalMinor?: number;
  /** The wallet's entry that a top-up made. */
  readonly entryUuid?: string;
}

/** The system said no: this attempt did nothing. */
export interface Fail {
  readonly kind: "fail";
  readonly status: number;
  readonly code: string;
}

/** Nobody knows: the connection broke, time ran out, or the system failed while it was at work. Never counted as a fail. */
export interface Unknown {
  readonly kind: "unknown";
  readonly why: string;
}

export type Outcome = Ok | Fail | Unknown;

/** One attempt of one call, as the client saw it. Repeats of a call are calls of their own with the same `key`. */
export interface Call {
  readonly userUuid: string;
  readonly operation: Operation;
  /** The Idempotency-Key. A cancel has none. */
  readonly key?: string;
  /** The order it is about; a create has none. */
  readonly orderUuid?: string;
  /** How to pay, of a pay and of a create that pays at once. */
  readonly paymentMethod?: string;
  /** Of a top-up. */
  readonly amountMinor?: number;
  /** Milliseconds since 1970 on the client's clock. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
}
