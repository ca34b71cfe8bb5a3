import type { Call } from "../history/call.ts";

/** An event that a producer has committed, told by the producer's own records and not by its outbox. */
export interface LedgerEvent {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  /** The full name of the message. */
  readonly type: string;
  /** Undefined where the producer keeps no ids; then key, version and type tell the event. */
  readonly eventId?: string;
}

/** A message that a topic holds. */
export interface TopicMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly eventId: string;
  readonly type: string;
  readonly version: number;
}

/** A message in the dead-letter topic of `topic`. */
export interface DeadLetter {
  readonly topic: string;
  readonly consumer: string;
  readonly reason: string;
  /** Empty when the headers were not readable. */
  readonly eventId: string;
}

/** An event that is in a consumer's inbox: its effect is committed. */
export interface InboxRow {
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly eventId: string;
}

/** How far a consumer is with an aggregate. */
export interface CursorRow {
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly lastVersion: number;
}

/** An event that a consumer has put aside: its effect is not made. */
export interface ParkedEvent {
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly eventId: string;
  /** Why; empty for what waits behind the culprit. */
  readonly reason: string;
}

/** An event that a producer has not sent yet. */
export interface OutboxRow {
  readonly service: string;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly eventId: string;
  readonly parked: boolean;
}

export type OrderStatus = "NEW" | "PENDING_PAYMENT" | "PAYING" | "PAID" | "ASSEMBLED" | "CANCELLED" | "FAILED";

export interface OrderRow {
  readonly orderUuid: string;
  readonly userUuid: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly totalMinor: number;
  readonly paymentMethod?: string;
  readonly transactionUuid?: string;
  /** When it is cancelled unpaid; milliseconds on the database's clock. */
  readonly expiresAtMs?: number;
  readonly updatedAtMs: number;
}

/** A line of an order's history. */
export interface HistoryRow {
  readonly orderUuid: string;
  readonly version: number;
  readonly cause: string;
  readonly to: OrderStatus;
}

/** An order that an Idempotency-Key made or paid. */
export interface KeyRow {
  readonly userUuid: string;
  readonly operation: "create" | "pay";
  readonly key: string;
  readonly orderUuid: string;
}

/** Payment's decision about an order. */
export interface PaymentRow {
  readonly orderUuid: string;
  readonly decision: "PAY" | "VOID";
  readonly transactionUuid?: string;
  readonly userUuid?: string;
  readonly paymentMethod?: string;
  readonly amountMinor?: number;
}

export interface AccountRow {
  readonly userUuid: string;
  readonly balanceMinor: number;
}

/** A movement of a wallet. */
export interface EntryRow {
  readonly entryUuid: string;
  readonly userUuid: string;
  /** What was added; below zero for a payment. */
  readonly deltaMinor: number;
  /** The balance afterwards. */
  readonly balanceMinor: number;
  /** 1, 2, 3 for each account. */
  readonly version: number;
  /** The order that was paid; undefined for a top-up. */
  readonly orderUuid?: string;
  /** Of a top-up. */
  readonly key?: string;
}

/** A ship to be built. */
export interface JobRow {
  readonly orderUuid: string;
  readonly dueAtMs: number;
  /** Undefined while it is being built. */
  readonly doneAtMs?: number;
}

export type NoticeState = "PENDING" | "SENDING" | "SENT" | "FAILED" | "UNKNOWN";

/** A message that somebody is to get. */
export interface NoticeRow {
  readonly orderUuid: string;
  /** What it tells, for example `ORDER_PAID`. */
  readonly kind: string;
  readonly chat: string;
  readonly state: NoticeState;
  /** How often nobody knows whether it arrived. */
  readonly ambiguous: number;
  readonly reason: string;
}

/** A message that the messenger has delivered. */
export interface Delivery {
  readonly orderUuid: string;
  readonly kind: string;
  readonly chat: string;
}

/** An event that order could not apply: money or a ship without an order. Somebody has to look. */
export interface RejectedRow {
  readonly orderUuid: string;
  readonly type: string;
  readonly orderStatus: OrderStatus;
}

/** How long the system took to be quiet again after the fault ended. */
export interface Drain {
  readonly tookMs: number;
  readonly limitMs: number;
}

/** What the test itself did to the topics. */
export interface Injected {
  /** Keys of the messages that only the test made, ghosts on purpose. */
  readonly keys: readonly string[];
}

/** Everything that the invariants are about, read after the faults ended and the system was quiet. */
export interface Snapshot {
  /** Milliseconds on the database's clock. */
  readonly takenAtMs: number;
  readonly calls: readonly Call[];
  readonly orders: readonly OrderRow[];
  readonly history: readonly HistoryRow[];
  readonly keys: readonly KeyRow[];
  readonly rejected: readonly RejectedRow[];
  readonly ledger: readonly LedgerEvent[];
  readonly messages: readonly TopicMessage[];
  readonly deadLetters: readonly DeadLetter[];
  readonly inbox: readonly InboxRow[];
  readonly cursors: readonly CursorRow[];
  readonly parked: readonly ParkedEvent[];
  readonly outbox: readonly OutboxRow[];
  readonly payments: readonly PaymentRow[];
  readonly accounts: readonly AccountRow[];
  readonly entries: readonly EntryRow[];
  readonly jobs: readonly JobRow[];
  readonly notices: readonly NoticeRow[];
  readonly deliveries: readonly Delivery[];
  readonly drain: Drain;
  readonly injected: Injected;
}
