import { addMoney, type Money, multiplyMoney, type Uuid } from "@gantry/kernel";
import type { CancelReason, Change, Facts, PaymentFailure, PaymentMethod } from "./change.ts";
import { emptyOrder, illegalTransition, orderExpired } from "./order-errors.ts";
import { next, type OrderEvent, type OrderStatus } from "./transitions.ts";

/** One line of an order: the part's name and price as they were when the order was made. */
export interface OrderItem {
  readonly partUuid: Uuid;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** An order that is not stored yet, and so has no deadline. */
export interface Draft {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly status: OrderStatus;
  /** 1 at creation, one more with each change. */
  readonly version: number;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  /** By which it is being paid, was paid, or was last tried to be paid. */
  readonly paymentMethod?: PaymentMethod;
  /** Why it was not paid the last time. There while it is PENDING_PAYMENT again. */
  readonly paymentFailure?: PaymentFailure | undefined;
  readonly transactionUuid?: Uuid;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Order extends Draft {
  /** Until when it can be paid, on the clock of the store. */
  readonly expiresAt: Date;
  /** There once it is CANCELLED. */
  readonly cancelReason?: CancelReason;
}

/** What a rule decided: the order afterwards and what changed, in order. No change when it was already there. */
export interface Decision<O extends Draft = Order> {
  readonly order: O;
  readonly changes: readonly Change[];
}

export interface NewOrder {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly items: readonly OrderItem[];
  /** Set: the order is being paid by this as soon as it is made. */
  readonly payWith?: PaymentMethod;
  readonly at: Date;
}

/** Makes an order that waits for its payment, or is being paid at once. Until stock is reserved, no order is ever NEW. */
export function createOrder({ orderUuid, userUuid, items, payWith, at }: NewOrder): Decision<Draft> {
  const status = "PENDING_PAYMENT";
  const order: Draft = {
    orderUuid,
    userUuid,
    items,
    total: totalOf(items),
    status,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  const created: Change = { version: 1, to: status, cause: "CREATED", occurredAt: at };
  if (payWith === undefined) return { order, changes: [created] };
  const paying = beginPayment(order, payWith, at);
  return { order: paying.order, changes: [created, ...paying.changes] };
}

/** Nobody may pay the order any more. */
export const hasExpired = ({ expiresAt }: Order, at: Date): boolean => expiresAt <= at;

/** The person chose a method and the payment is about to be asked for. @throws AppError ORDER_EXPIRED after the deadline */
export function startPayment(order: Order, method: PaymentMethod, at: Date): Decision {
  if (order.status === "PENDING_PAYMENT" && hasExpired(order, at)) throw orderExpired(order);
  return beginPayment(order, method, at);
}

/** Payment said yes. A repeat with the same transaction changes nothing. */
export function confirmPayment(order: Order, transactionUuid: Uuid, at: Date): Decision {
  if (order.transactionUuid === transactionUuid) return unchanged(order);
  const paymentMethod = methodOf(order, "PAYMENT_CONFIRMED");
  return change(order, { cause: "PAYMENT_CONFIRMED", paymentMethod, transactionUuid }, at, { transactionUuid });
}

/** Payment said no, and may be asked again. */
export function refusePayment(order: Order, paymentFailure: PaymentFailure, at: Date): Decision {
  const paymentMethod = methodOf(order, "PAYMENT_REFUSED");
  return change(order, { cause: "PAYMENT_REFUSED", paymentMethod, paymentFailure }, at, { paymentFailure });
}

/**
 * The person changed their mind. Of a PAYING order this may be said only once payment has promised never to charge it. A
 * repeat changes nothing.
 */
export function cancelOrder(order: Order, at: Date): Decision {
  if (order.status === "CANCELLED") return unchanged(order);
  return change(order, { cause: "CANCEL_REQUESTED" }, at, { cancelReason: "REQUESTED" });
}

/**
 * Nobody paid in time. Of a PAYING order this may be said only once payment has promised never to charge it. A repeat
 * changes nothing.
 */
export function expireOrder(order: Order, at: Date): Decision {
  if (order.status === "CANCELLED") return unchanged(order);
  return change(order, { cause: "UNPAID_TOO_LONG" }, at, { cancelReason: "UNPAID_TOO_LONG" });
}

/** Payment has promised never to charge the order: a person cancelled it, or its time was over. */
export const endVoided = (order: Order, at: Date): Decision =>
  hasExpired(order, at) ? expireOrder(order, at) : cancelOrder(order, at);

/** Assembly has built the ship. */
export const completeOrder = (order: Order, buildTimeSec: number, at: Date): Decision =>
  change(order, { cause: "SHIP_ASSEMBLED", buildTimeSec }, at);

export const unchanged = (order: Order): Decision => ({ order, changes: [] });

const beginPayment = <O extends Draft>(order: O, paymentMethod: PaymentMethod, at: Date): Decision<O> =>
  change(order, { cause: "PAY_REQUESTED", paymentMethod }, at, { paymentMethod });

/** An order without a method is not being paid. */
function methodOf(order: Order, event: OrderEvent): PaymentMethod {
  if (order.paymentMethod === undefined) throw illegalTransition(order, event);
  return order.paymentMethod;
}

function change<O extends Draft>(order: O, facts: Facts<OrderEvent>, at: Date, set: Partial<Order> = {}): Decision<O> {
  const to = next(order.status, facts.cause);
  if (to === undefined) throw illegalTransition(order, facts.cause);
  const version = order.version + 1;
  return {
    order: { ...order, paymentFailure: undefined, ...set, status: to, version, updatedAt: at },
    changes: [{ ...facts, version, from: order.status, to, occurredAt: at }],
  };
}

function totalOf(items: readonly OrderItem[]): Money {
  const [first, ...rest] = items.map((item) => multiplyMoney(item.unitPrice, item.quantity));
  if (first === undefined) throw emptyOrder();
  return rest.reduce(addMoney, first);
}
