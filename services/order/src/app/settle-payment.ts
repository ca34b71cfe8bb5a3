import { confirmPayment, endVoided, type Order } from "../domain/order.ts";
import type { OrderStore, PaymentDecision } from "./ports.ts";

/** Writes down what payment decided for a PAYING order. Safe to repeat, by any replica. */
export type SettlePayment = (order: Order, decision: PaymentDecision) => Promise<Order>;

export const createSettlePayment =
  (store: OrderStore): SettlePayment =>
  (order, decision) =>
    store.update(order.orderUuid, (current, now) =>
      decision.decision === "PAID" ? confirmPayment(current, decision.transactionUuid, now) : endVoided(current, now),
    );
