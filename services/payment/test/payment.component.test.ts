import { PaymentDecision, PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { isUuid, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { clientsAs } from "./clients.ts";
import { aService } from "./fixture.ts";

const service = await aService();
const { identity } = service;

const asUser = (userUuid: string) => clientsAs(service.url, () => identity.user(userUuid)).payments;
const asOrder = clientsAs(service.url, () => identity.service("order", "payment")).payments;
const asNobody = clientsAs(service.url, () => undefined).payments;

const aRequest = (facts: { orderUuid?: string; userUuid?: string } = {}) => ({
  orderUuid: uuidv7(),
  userUuid: uuidv7(),
  paymentMethod: PaymentMethod.CARD,
  amount: { minor: 125_000n, currency: "USD" },
  ...facts,
});

describe("PayOrder", () => {
  test.each([PaymentMethod.CARD, PaymentMethod.SBP, PaymentMethod.CREDIT_CARD, PaymentMethod.INVESTOR_MONEY])(
    "takes the money once by method %s, and answers a repeat the same",
    async (paymentMethod) => {
      const request = { ...aRequest(), paymentMethod };
      const { transactionUuid } = await asOrder.payOrder(request);
      expect(isUuid(transactionUuid)).toBe(true);
      expect(await asOrder.payOrder(request)).toMatchObject({ transactionUuid });
      const { payment } = await asUser(request.userUuid).getPayment({ orderUuid: request.orderUuid });
      expect(payment).toMatchObject({ ...request, transactionUuid });
      expect(Math.abs(Date.now() - Number(payment?.paidAt?.seconds) * 1000)).toBeLessThan(60_000);
    },
  );

  test("charges once when 50 callers ask at once, and all get the one transaction", async () => {
    const request = aRequest();
    const answers = await Promise.all(Array.from({ length: 50 }, () => asOrder.payOrder(request)));
    expect(new Set(answers.map(({ transactionUuid }) => transactionUuid)).size).toBe(1);
    const lines = service.logged("order paid").filter(({ order_uuid }) => order_uuid === request.orderUuid);
    expect(lines).toHaveLength(1);
  });

  test("knows an order whatever the case of its id", async () => {
    const request = aRequest();
    const first = await asOrder.payOrder({ ...request, orderUuid: request.orderUuid.toUpperCase() });
    expect(await asOrder.payOrder(request)).toEqual(first);
  });

  test("refuses other facts than the order was paid with", async () => {
    const request = aRequest();
    await asOrder.payOrder(request);
    await expect(asOrder.payOrder({ ...request, amount: { minor: 1n, currency: "USD" } })).rejects.toMatchObject({
      kind: "failed_precondition",
      reason: "PAYMENT_MISMATCH",
      details: { differing: "amount" },
    });
  });

  test.each([
    ["the wallet", { paymentMethod: PaymentMethod.WALLET }, "payment_method"],
    ["no method", { paymentMethod: PaymentMethod.UNSPECIFIED }, "payment_method"],
    ["no amount", { amount: undefined }, "amount"],
    ["a negative amount", { amount: { minor: -1n, currency: "USD" } }, "amount.minor"],
    ["an amount above 2^53 - 1", { amount: { minor: 2n ** 53n, currency: "USD" } }, "amount.minor"],
    ["no currency", { amount: { minor: 1n, currency: "" } }, "amount.currency"],
    ["an order that is no UUID", { orderUuid: "42" }, "order_uuid"],
  ])("refuses %s and stores nothing", async (_what, facts, field) => {
    const request = { ...aRequest(), ...facts };
    await expect(asOrder.payOrder(request as ReturnType<typeof aRequest>)).rejects.toMatchObject({
      kind: "invalid_argument",
      violations: [expect.objectContaining({ field })],
    });
    if (isUuid(request.orderUuid)) expect((await asOrder.voidPayment(request)).decision).toBe(PaymentDecision.VOIDED);
  });
});

describe("VoidPayment", () => {
  test("keeps an order from ever being paid", async () => {
    const request = aRequest();
    for (let repeat = 0; repeat < 2; repeat++)
      expect(await asOrder.voidPayment(request)).toMatchObject({
        decision: PaymentDecision.VOIDED,
        transactionUuid: "",
      });
    await expect(asOrder.payOrder(request)).rejects.toMatchObject({
      kind: "failed_precondition",
      reason: "PAYMENT_VOIDED",
      details: { order_uuid: request.orderUuid },
    });
    await expect(asUser(request.userUuid).getPayment(request)).rejects.toMatchObject({ reason: "PAYMENT_NOT_FOUND" });
  });

  test("tells the transaction of an order that is paid, and leaves it paid", async () => {
    const request = aRequest();
    const { transactionUuid } = await asOrder.payOrder(request);
    expect(await asOrder.voidPayment(request)).toMatchObject({ decision: PaymentDecision.PAID, transactionUuid });
    expect(await asOrder.payOrder(request)).toMatchObject({ transactionUuid });
  });

  test("against PayOrder, 200 times: never both, and all answers agree", async () => {
    const race = async (round: number) => {
      const request = aRequest();
      const pay = () => asOrder.payOrder(request).then(({ transactionUuid }) => transactionUuid, reasonOf);
      const cancel = () => asOrder.voidPayment(request);
      const [paid, voided] = round % 2 === 0 ? await Promise.all([pay(), cancel()]) : await both(cancel, pay);
      const again = await asOrder.voidPayment(request);
      expect(again).toEqual(voided);
      expect(paid).toBe(voided.decision === PaymentDecision.PAID ? voided.transactionUuid : "PAYMENT_VOIDED");
      return voided.decision;
    };
    const outcomes: PaymentDecision[] = [];
    for (let round = 0; round < 200; round += 20)
      outcomes.push(...(await Promise.all(Array.from({ length: 20 }, (_, n) => race(round + n)))));
    expect(new Set(outcomes)).toEqual(new Set([PaymentDecision.PAID, PaymentDecision.VOIDED]));
  });
});

describe("who may call", () => {
  test("a payment is not found by another person", async () => {
    const request = aRequest();
    await asOrder.payOrder(request);
    await expect(asUser(uuidv7()).getPayment(request)).rejects.toMatchObject({
      kind: "not_found",
      reason: "PAYMENT_NOT_FOUND",
    });
  });

  test("PayOrder and VoidPayment are refused to persons, everything to callers without identity", async () => {
    const request = aRequest();
    const person = asUser(request.userUuid);
    const refused = [
      () => person.payOrder(request),
      () => person.voidPayment(request),
      () => asOrder.getPayment(request),
    ];
    for (const call of refused) await expect(call()).rejects.toMatchObject({ kind: "permission_denied" });
    const { payOrder, voidPayment, getPayment } = asNobody;
    for (const call of [() => payOrder(request), () => voidPayment(request), () => getPayment(request)])
      await expect(call()).rejects.toMatchObject({ kind: "unauthenticated" });
  });
});

/** Starts the first before the second, and gives their results the other way round. */
async function both<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[B, A]> {
  const [a, b] = await Promise.all([first(), second()]);
  return [b, a];
}

const reasonOf = (error: { reason?: string }): string => error.reason ?? "?";
