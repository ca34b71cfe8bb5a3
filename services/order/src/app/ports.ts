import type { Money, Uuid } from "@gantry/kernel";
import type { PaymentFailure } from "../domain/change.ts";
import type { Decision, Draft, Order } from "../domain/order.ts";
import type { Cause, OrderStatus } from "../domain/transitions.ts";

/** A person's Idempotency-Key for one operation, and what the request asked for. */
export interface KeyedRequest {
  readonly userUuid: Uuid;
  readonly operation: "createOrder" | "payOrder";
  readonly key: string;
  /** Equal for equal requests only. */
  readonly fingerprint: string;
}

/** What a key was used for. `order` is the first answer, absent while the work is under way. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly orderUuid: Uuid;
  readonly order?: Order;
}

/** A rule of the domain, asked about an order as it is now. */
export type Decide = (order: Order, now: Date) => Decision;

/** Every change is saved in one go with its line of history and its event, in the order of versions. */
export interface OrderStore {
  /**
   * Loads, decides and saves, or throws ORDER_NOT_FOUND or what `decide` throws. `decide` must be synchronous: it runs
   * again when another writer was faster. `now` is the store's clock, by which deadlines are kept. `request` claims its key
   * together with the change; a change to PAID answers all claims of the order, a refused payment gives them up.
   */
  update(orderUuid: Uuid, decide: Decide, request?: KeyedRequest): Promise<Order>;
  find(orderUuid: Uuid): Promise<Order | undefined>;
  /**
   * Saves a new order, its history, its events and its answer for `request` at once, and sets its deadline. Undefined: the key
   * is taken and nothing was saved.
   */
  insert(decision: Decision<Draft>, request?: KeyedRequest): Promise<Order | undefined>;
  findAnswer(request: KeyedRequest): Promise<KeptAnswer | undefined>;
  /** Orders that nobody finished in time, longest overdue first, each given to one caller until the lease ends. */
  claimUnfinished(limit: number): Promise<{ readonly orders: readonly Order[]; readonly now: Date }>;
  /** Milliseconds until the next order may be claimed, below 0 when it could be already; undefined when there is none. */
  nextUnfinishedInMs(): Promise<number | undefined>;
  /** Forgets keys that have expired; the number forgotten, at most `limit`. */
  forgetExpiredKeys(limit: number): Promise<number>;
}

/** An event that came for an order which cannot take it. Somebody has to look. */
export interface Rejection {
  readonly orderUuid: Uuid;
  /** As it was when the event came; undefined when there is no such order. */
  readonly order: Pick<Order, "status" | "version"> | undefined;
  /** What stands in the event, for those who look. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** One transaction of the database: all that is done in it happens with the event that asks for it, or not at all. */
export interface EventScope {
  /** As {@link OrderStore.update}. Undefined when there is no such order: it was there before it was told of, so none will come. */
  update(orderUuid: Uuid, decide: Decide): Promise<Order | undefined>;
  reject(rejection: Rejection): Promise<void>;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  readonly nextPageToken?: string;
}

export interface ListQuery {
  readonly userUuid: Uuid;
  readonly statuses: readonly OrderStatus[];
  readonly pageSize: number;
  readonly pageToken?: string;
}

/** One line of an order's history. `from` is undefined for the first. */
export interface HistoryEntry {
  readonly version: number;
  readonly from?: OrderStatus;
  readonly to: OrderStatus;
  readonly cause: Cause;
  /** There when the cause is PAYMENT_REFUSED. */
  readonly paymentFailure?: PaymentFailure;
  readonly occurredAt: Date;
}

/** Reads that need no rules. */
export interface OrderQueries {
  list(query: ListQuery): Promise<OrderPage>;
  history(orderUuid: Uuid): Promise<readonly HistoryEntry[]>;
}

/** On whose behalf and until when a neighbour is asked. */
export interface CallContext {
  readonly identity: string;
  readonly signal: AbortSignal;
}

export interface Part {
  readonly partUuid: Uuid;
  readonly name: string;
  readonly price: Money;
}

export interface PartsCatalog {
  /** The parts that exist, in no order. */
  find(partUuids: readonly Uuid[], context: CallContext): Promise<readonly Part[]>;
}

/** What stands for an order, for good: charged once, or never to be charged. */
export type PaymentDecision =
  | { readonly decision: "PAID"; readonly transactionUuid: Uuid }
  | { readonly decision: "VOIDED" };

/** Both calls are idempotent by order: whichever decided first stands and is what each later call answers. */
export interface PaymentGateway {
  pay(order: Order, signal: AbortSignal): Promise<PaymentDecision>;
  void(order: Order, signal: AbortSignal): Promise<PaymentDecision>;
}

/** Marks a place where a fault can be injected in tests; does nothing otherwise. */
export type Failpoint = (name: string) => Promise<void>;
