import type { Uuid } from "@gantry/kernel";
import type { PaymentFailure } from "./change.ts";
import { confirmPayment, type Decision, endVoided, type Order, refusePayment, unchanged } from "./order.ts";

/** What payment answered to the request that the order made when it became PAYING. */
export type PaymentAnswer = {
  readonly orderUuid: Uuid;
  /** The version of the order that asked: an answer to a first try decides no second one. */
  readonly orderVersion: number;
} & (
  | { readonly transactionUuid: Uuid }
  /** VOIDED: and never will be paid. */
  | { readonly failure: PaymentFailure | "VOIDED" }
);

/** Applies an answer to the order that waits for it. An answer that nobody waits for changes nothing. */
export function applyPaymentAnswer(order: Order, answer: PaymentAnswer, at: Date): Decision {
  if (order.status !== "PAYING" || order.version !== answer.orderVersion) return unchanged(order);
  if ("transactionUuid" in answer) return confirmPayment(order, answer.transactionUuid, at);
  return answer.failure === "VOIDED" ? endVoided(order, at) : refusePayment(order, answer.failure, at);
}
