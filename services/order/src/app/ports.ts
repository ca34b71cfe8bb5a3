import type { Money, Uuid } from "@gantry/kernel";
import type { Change, Decision, Order } from "../domain/order.ts";
import type { OrderStatus } from "../domain/transitions.ts";

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

export interface OrderStore {
  find(orderUuid: Uuid): Promise<Order | undefined>;
  /** Saves a new order, its history and its answer for `request` at once. False: the key is taken and nothing was saved. */
  insert(decision: Decision, request?: KeyedRequest): Promise<boolean>;
  /**
   * Loads, decides and saves, or throws ORDER_NOT_FOUND or what `decide` throws. `decide` must be synchronous: it runs
   * again when another writer was faster. `request` claims its key together with the change; a change to PAID answers all
   * claims of the order.
   */
  update(orderUuid: Uuid, decide: (order: Order) => Decision, request?: KeyedRequest): Promise<Order>;
  findAnswer(request: KeyedRequest): Promise<KeptAnswer | undefined>;
  /** Orders whose payment nobody finished in time, each given to one caller until the lease ends. */
  claimUnfinishedPayments(limit: number): Promise<readonly Order[]>;
  /** Forgets keys that have expired; the number forgotten, at most `limit`. */
  forgetExpiredKeys(limit: number): Promise<number>;
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

/** Reads that need no rules. */
export interface OrderQueries {
  list(query: ListQuery): Promise<OrderPage>;
  history(orderUuid: Uuid): Promise<readonly Change[]>;
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
