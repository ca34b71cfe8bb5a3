import { hasExpired, type Order } from "./order.ts";

/**
 * What becomes of an order that nobody has finished in time: its deadline ends it, or payment is asked. A payment by wallet is
 * answered by an event; to ask for it by a call would charge a card that nobody named.
 */
export type Finish = "expire" | "void" | "pay" | "wait";

export function finishOf(order: Order, at: Date): Finish {
  const late = hasExpired(order, at);
  if (order.status === "PENDING_PAYMENT") return late ? "expire" : "wait";
  if (order.status !== "PAYING") return "wait";
  if (late) return "void";
  return order.paymentMethod === "WALLET" ? "wait" : "pay";
}
