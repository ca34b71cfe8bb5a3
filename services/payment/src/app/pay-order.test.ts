import { createLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { aCharge } from "../../test/builders.ts";
import { MemoryDecisionStore } from "../adapters/decision-store.memory.ts";
import type { Charge } from "../domain/decision.ts";
import { PayOrder } from "./pay-order.ts";
import { VoidPayment } from "./void-payment.ts";

/** Both use cases over one memory store, and the lines that they log. */
function aSystem() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "payment", destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const decisions = new MemoryDecisionStore();
  let wakes = 0;
  const wake = () => {
    wakes += 1;
  };
  const payOrder = new PayOrder(decisions, wake, logger);
  const voidPayment = new VoidPayment(decisions, wake, logger);
  return {
    pay: (charge: Charge) => payOrder.execute(charge),
    cancel: (orderUuid: string) => voidPayment.execute(orderUuid),
    wakes: () => wakes,
    paid: () => lines.filter(({ message }) => message === "order paid"),
  };
}

describe("paying an order", () => {
  test("repeated with the same facts is the same transaction", async () => {
    const { pay } = aSystem();
    const charge = aCharge();
    expect(await pay(charge)).toBe(await pay({ ...charge, amount: { ...charge.amount } }));
  });

  test("writes one line with every fact, however often it is repeated", async () => {
    const { pay, paid } = aSystem();
    const charge = aCharge({ method: "SBP" });
    const [transaction] = await Promise.all([pay(charge), pay(charge), pay(charge)]);
    expect(paid()).toMatchObject([
      {
        level: "info",
        transaction_uuid: transaction,
        order_uuid: charge.orderUuid,
        user_uuid: charge.userUuid,
        payment_method: "SBP",
        amount_minor: "125000",
        currency: "USD",
      },
    ]);
  });

  test.each([
    ["another person", "user_uuid", { userUuid: aCharge().userUuid }],
    ["another method", "payment_method", { method: "CREDIT_CARD" }],
    ["another amount", "amount", { amount: { minor: 125_001n, currency: "USD" } }],
    ["another currency", "amount", { amount: { minor: 125_000n, currency: "EUR" } }],
  ] as const)("with %s than it was paid with is refused, naming what differs", async (_what, differing, facts) => {
    const { pay, paid } = aSystem();
    const charge = aCharge();
    await pay(charge);
    await expect(pay({ ...charge, ...facts })).rejects.toMatchObject({
      kind: "failed_precondition",
      reason: "PAYMENT_MISMATCH",
      details: { order_uuid: charge.orderUuid, differing },
    });
    expect(paid()).toHaveLength(1);
  });

  test("after it was voided is refused and writes no line", async () => {
    const { pay, cancel, paid } = aSystem();
    const charge = aCharge();
    await cancel(charge.orderUuid);
    await expect(pay(charge)).rejects.toMatchObject({ kind: "failed_precondition", reason: "PAYMENT_VOIDED" });
    expect(paid()).toEqual([]);
  });
});

test("the first decision about an order, and no other call, has its wallet requests looked at", async () => {
  const { pay, cancel, wakes } = aSystem();
  const charge = aCharge();
  await pay(charge);
  await pay(charge);
  await cancel(charge.orderUuid);
  expect(wakes()).toBe(1);
  await cancel(aCharge().orderUuid);
  expect(wakes()).toBe(2);
});

describe("voiding a payment", () => {
  test("of an order that nobody paid stands, also repeated", async () => {
    const { cancel } = aSystem();
    const { orderUuid } = aCharge();
    expect(await cancel(orderUuid)).toMatchObject({ decision: "VOID", orderUuid });
    expect(await cancel(orderUuid)).toMatchObject({ decision: "VOID", orderUuid });
  });

  test("of a paid order tells its transaction and changes nothing", async () => {
    const { pay, cancel } = aSystem();
    const charge = aCharge();
    const transactionUuid = await pay(charge);
    expect(await cancel(charge.orderUuid)).toMatchObject({ decision: "PAY", transactionUuid });
    expect(await pay(charge)).toBe(transactionUuid);
  });
});
