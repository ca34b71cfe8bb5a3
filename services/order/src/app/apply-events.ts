import type { Uuid } from "@gantry/kernel";
import { completeOrder, unchanged } from "../domain/order.ts";
import { applyPaymentAnswer, type PaymentAnswer } from "../domain/payment-answer.ts";
import type { EventScope } from "./ports.ts";

/**
 * Applies what payment answered. An answer to an earlier try changes nothing; a payment that was made for an order which is
 * not paid by it is money without an order, and somebody has to look.
 */
export async function applyPayment(scope: EventScope, answer: PaymentAnswer): Promise<void> {
  const { orderUuid } = answer;
  const order = await scope.update(orderUuid, (current, now) => applyPaymentAnswer(current, answer, now));
  if (!("transactionUuid" in answer) || order?.transactionUuid === answer.transactionUuid) return;
  const facts = { transaction_uuid: answer.transactionUuid, order_version: answer.orderVersion };
  await scope.reject({ orderUuid, order, facts });
}

/** A ship is built. One for an order that is not paid is a ship without an order, and somebody has to look. */
export async function applyAssembly(scope: EventScope, orderUuid: Uuid, buildTimeSec: number): Promise<void> {
  const order = await scope.update(orderUuid, (current, now) =>
    current.status === "PAID" ? completeOrder(current, buildTimeSec, now) : unchanged(current),
  );
  if (order?.status !== "ASSEMBLED") await scope.reject({ orderUuid, order, facts: { build_time_sec: buildTimeSec } });
}
