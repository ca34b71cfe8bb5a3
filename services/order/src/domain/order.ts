import { addMoney, type Money, multiplyMoney, type Uuid } from "@gantry/kernel";
import { emptyOrder, illegalTransition } from "./order-errors.ts";
import { type Cause, next, type OrderEvent, type OrderStatus } from "./transitions.ts";

/** How a person pays. */
export const paymentMethods = ["CARD", "SBP", "CREDIT_CARD", "INVESTOR_MONEY"] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

/** One line of an order: the part's name and price as they were when the order was made. */
export interface OrderItem {
  readonly partUuid: Uuid;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

export interface Order {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly status: OrderStatus;
  /** 1 at creation, one more with each change. */
  readonly version: number;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  readonly paymentMethod?: PaymentMethod;
  readonly transactionUuid?: Uuid;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One line of an order's history. `from` is undefined for the first. */
export interface Change {
  readonly version: number;
  readonly from?: OrderStatus;
  readonly to: OrderStatus;
  readonly cause: Cause;
  readonly occurredAt: Date;
}

/** What a rule decided: the order afterwards and what changed, in order. No change when it was already there. */
export interface Decision {
  readonly order: Order;
  readonly changes: readonly Change[];
}

export interface NewOrder {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly items: readonly OrderItem[];
  readonly at: Date;
}

/** Makes an order that waits for its payment. Until stock is reserved, no order is ever NEW. */
export function createOrder({ orderUuid, userUuid, items, at }: NewOrder): Decision {
  const status = "PENDING_PAYMENT";
  const order: Order = {
    orderUuid,
    userUuid,
    items,
    total: totalOf(items),
    status,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  return { order, changes: [{ version: 1, to: status, cause: "CREATED", occurredAt: at }] };
}

/** The person chose a method and the payment is about to be asked for. */
export function startPayment(order: Order, method: PaymentMethod, at: Date): Decision {
  return change(order, "PAY_REQUESTED", at, { paymentMethod: method });
}

/** Payment said yes. A repeat with the same transaction changes nothing. */
export function confirmPayment(order: Order, transactionUuid: Uuid, at: Date): Decision {
  if (order.transactionUuid === transactionUuid) return unchanged(order);
  return change(order, "PAYMENT_CONFIRMED", at, { transactionUuid });
}

/**
 * The person changed their mind. Of a PAYING order this may be said only once payment has promised never to charge it. A
 * repeat changes nothing.
 */
export function cancelOrder(order: Order, at: Date): Decision {
  if (order.status === "CANCELLED") return unchanged(order);
  return change(order, "CANCEL_REQUESTED", at);
}

const unchanged = (order: Order): Decision => ({ order, changes: [] });

function change(order: Order, event: OrderEvent, at: Date, set: Partial<Order> = {}): Decision {
  const to = next(order.status, event);
  if (to === undefined) throw illegalTransition(order, event);
  const version = order.version + 1;
  return {
    order: { ...order, ...set, status: to, version, updatedAt: at },
    changes: [{ version, from: order.status, to, cause: event, occurredAt: at }],
  };
}

function totalOf(items: readonly OrderItem[]): Money {
  const [first, ...rest] = items.map((item) => multiplyMoney(item.unitPrice, item.quantity));
  if (first === undefined) throw emptyOrder();
  return rest.reduce(addMoney, first);
}
