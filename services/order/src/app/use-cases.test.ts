import { AppError, ManualClock, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { aNewOrder, anOrder, aRequest } from "../../test/builders.ts";
import { MemoryOrderStore } from "../adapters/order-store.memory.ts";
import { type Order, startPayment } from "../domain/order.ts";
import { applyAssembly, applyPayment } from "./apply-events.ts";
import { CancelOrder } from "./cancel-order.ts";
import { CreateOrder, type CreateOrderCommand } from "./create-order.ts";
import { fingerprintOf } from "./idempotency.ts";
import { PayOrder, type PayOrderCommand } from "./pay-order.ts";
import type { EventScope, Part, PaymentDecision, PaymentGateway } from "./ports.ts";
import { createSettlePayment } from "./settle-payment.ts";
import { Sweep } from "./sweep.ts";

const PAYMENT_TIMEOUT_MS = 600_000;
const signal = AbortSignal.timeout(60_000);
const failpoint = async (): Promise<void> => undefined;
const engine: Part = { partUuid: uuidv7(), name: "Vulcan main engine", price: { minor: 100n, currency: "USD" } };
const wing: Part = { partUuid: uuidv7(), name: "Delta wing", price: { minor: 7n, currency: "USD" } };

/** Decides once per order and sticks to it, as the real one does. */
class FakePayment implements PaymentGateway {
  readonly decisions = new Map<string, PaymentDecision>();
  unreachable = false;

  async pay(order: Order): Promise<PaymentDecision> {
    return this.#decide(order, { decision: "PAID", transactionUuid: uuidv7() });
  }

  async void(order: Order): Promise<PaymentDecision> {
    return this.#decide(order, { decision: "VOIDED" });
  }

  #decide({ orderUuid }: Order, wanted: PaymentDecision): PaymentDecision {
    const decision = this.decisions.get(orderUuid) ?? wanted;
    this.decisions.set(orderUuid, decision);
    if (this.unreachable) throw new AppError({ kind: "unavailable", reason: "PAYMENT_UNAVAILABLE", message: "gone" });
    return decision;
  }
}

function system() {
  const clock = new ManualClock(new Date("2026-11-02T10:00:00.000Z"));
  const store = new MemoryOrderStore({ clock, paymentTimeoutMs: PAYMENT_TIMEOUT_MS });
  const payment = new FakePayment();
  const settle = createSettlePayment(store);
  const common = { store, payment, settle, clock, failpoint };
  const sold = new Map([engine, wing].map((part) => [part.partUuid, part]));
  const catalog = { find: async (uuids: readonly string[]) => uuids.flatMap((uuid) => sold.get(uuid) ?? []) };
  const failed: Order[] = [];
  const lags: number[] = [];
  return {
    clock,
    lags,
    store,
    payment,
    failed,
    sold,
    create: new CreateOrder({ ...common, catalog }),
    pay: new PayOrder(common),
    cancel: new CancelOrder(common),
    sweep: new Sweep({
      ...common,
      batch: 10,
      onFailure: (order) => failed.push(order),
      onExpiryLag: (lagMs) => lags.push(lagMs),
    }),
  };
}

const createCommand = (command: Partial<CreateOrderCommand> = {}): CreateOrderCommand => ({
  userUuid: uuidv7(),
  lines: [{ partUuid: engine.partUuid, quantity: 1 }],
  context: { identity: "token", signal },
  ...command,
});

async function pending() {
  const all = system();
  const { order } = await all.create.run(createCommand());
  const command: PayOrderCommand = { orderUuid: order.orderUuid, userUuid: order.userUuid, method: "CARD", signal };
  const current = async (): Promise<Order | undefined> => all.store.find(order.orderUuid);
  return { ...all, order, command, current };
}

describe("creating an order", () => {
  test("prices the parts and counts a part named twice", async () => {
    const { create } = system();
    const lines = [engine, wing, engine].map(({ partUuid }) => ({ partUuid, quantity: 2 }));
    const { order } = await create.run(createCommand({ lines }));
    expect(order.total).toEqual({ minor: 414n, currency: "USD" });
    expect(order.items.map((item) => [item.name, item.quantity])).toEqual([
      ["Vulcan main engine", 4],
      ["Delta wing", 2],
    ]);
  });

  test("names every part that does not exist and stores nothing", async () => {
    const { create } = system();
    const [a, b] = [uuidv7(), uuidv7()];
    const lines = [a, engine.partUuid, b].map((partUuid) => ({ partUuid, quantity: 1 }));
    await expect(create.run(createCommand({ lines }))).rejects.toMatchObject({
      reason: "UNKNOWN_PART",
      details: { part_uuids: `${a},${b}` },
    });
  });

  test("rejects an order for somebody else", async () => {
    const { create } = system();
    await expect(create.run(createCommand({ forUserUuid: uuidv7() }))).rejects.toMatchObject({
      reason: "USER_MISMATCH",
    });
  });

  test("answers a repeat with the same key with the same order", async () => {
    const { create } = system();
    const command = createCommand({ request: aRequest() });
    const first = await create.run(command);
    expect(await create.run(command)).toEqual({ order: first.order, replayed: true });
  });

  test("answers a repeat although its part is no longer sold", async () => {
    const { create, sold } = system();
    const command = createCommand({ request: aRequest() });
    const first = await create.run(command);
    sold.clear();
    expect(await create.run(command)).toEqual({ order: first.order, replayed: true });
    await expect(create.run(createCommand())).rejects.toMatchObject({ reason: "UNKNOWN_PART" });
  });

  test("rejects a key that came with another request before", async () => {
    const { create } = system();
    const request = aRequest();
    await create.run(createCommand({ request }));
    await expect(create.run(createCommand({ request: { ...request, fingerprint: "other" } }))).rejects.toMatchObject({
      reason: "IDEMPOTENCY_KEY_REUSED",
    });
  });
});

describe("paying an order", () => {
  test("charges once and ends PAID", async () => {
    const { pay, command, current, payment } = await pending();
    const { order } = await pay.run(command);
    expect(order).toEqual(await current());
    expect(payment.decisions.get(order.orderUuid)).toEqual({
      decision: "PAID",
      transactionUuid: order.transactionUuid,
    });
  });

  test("joins a payment that is under way by the same method", async () => {
    const { pay, command } = await pending();
    const answers = await Promise.all([pay.run(command), pay.run(command)]);
    expect(new Set(answers.map(({ order }) => order.transactionUuid)).size).toBe(1);
  });

  test("rejects another method while a payment is under way", async () => {
    const { pay, command, payment } = await pending();
    payment.unreachable = true;
    await expect(pay.run(command)).rejects.toMatchObject({ reason: "PAYMENT_UNAVAILABLE" });
    await expect(pay.run({ ...command, method: "SBP" })).rejects.toMatchObject({ reason: "PAYMENT_IN_PROGRESS" });
  });

  test("rejects a second pay of a paid order without its key and replays it with its key", async () => {
    const { pay, command } = await pending();
    const request = aRequest({ operation: "payOrder", userUuid: command.userUuid });
    const first = await pay.run({ ...command, request });
    await expect(pay.run(command)).rejects.toMatchObject({ reason: "ORDER_ALREADY_PAID" });
    expect(await pay.run({ ...command, request })).toEqual({ order: first.order, replayed: true });
  });

  test("treats somebody else's order as missing", async () => {
    const { pay, command } = await pending();
    await expect(pay.run({ ...command, userUuid: uuidv7() })).rejects.toMatchObject({ reason: "ORDER_NOT_FOUND" });
  });

  test("ends CANCELLED and says so when payment had been voided", async () => {
    const { pay, command, payment, order, current } = await pending();
    await payment.void(order);
    await expect(pay.run(command)).rejects.toMatchObject({ reason: "ORDER_CANCELLED" });
    expect((await current())?.status).toBe("CANCELLED");
  });
});

describe("cancelling an order", () => {
  test("asks no one about an order nobody paid", async () => {
    const { cancel, command, payment, current } = await pending();
    await cancel.run(command);
    expect((await current())?.status).toBe("CANCELLED");
    expect(payment.decisions.size).toBe(0);
  });

  test("is a success the second time", async () => {
    const { cancel, command } = await pending();
    await cancel.run(command);
    await expect(cancel.run(command)).resolves.toBeUndefined();
  });

  test("of a PAYING order does what payment decided: PAID stands", async () => {
    const { cancel, command, store, payment, order, current } = await pending();
    await store.update(order.orderUuid, (own, now) => startPayment(own, "CARD", now));
    await payment.pay(order);
    await expect(cancel.run(command)).rejects.toMatchObject({ reason: "ORDER_ALREADY_PAID" });
    expect((await current())?.status).toBe("PAID");
  });

  test("of a PAYING order does what payment decided: VOIDED cancels", async () => {
    const { cancel, command, store, order, current } = await pending();
    await store.update(order.orderUuid, (own, now) => startPayment(own, "CARD", now));
    await cancel.run(command);
    expect((await current())?.status).toBe("CANCELLED");
  });
});

describe("the sweeper", () => {
  test("finishes a payment whose answer was lost", async () => {
    const { pay, sweep, command, payment, current } = await pending();
    payment.unreachable = true;
    await expect(pay.run(command)).rejects.toThrow();
    payment.unreachable = false;
    expect(await sweep.run(signal)).toMatchObject({ orders: 1, more: false });
    const settled = await current();
    expect(settled?.status).toBe("PAID");
    expect(payment.decisions.get(command.orderUuid)).toEqual({
      decision: "PAID",
      transactionUuid: settled?.transactionUuid,
    });
  });

  test("leaves an order PAYING and reports it while payment is unreachable", async () => {
    const { sweep, store, payment, order, failed, current } = await pending();
    await store.update(order.orderUuid, (own, now) => startPayment(own, "CARD", now));
    payment.unreachable = true;
    await sweep.run(signal);
    expect(failed.map(({ orderUuid }) => orderUuid)).toEqual([order.orderUuid]);
    expect((await current())?.status).toBe("PAYING");
  });
});

describe("paying by wallet", () => {
  const byWallet = async () => {
    const all = await pending();
    const request = aRequest({ operation: "payOrder", userUuid: all.command.userUuid });
    return { ...all, command: { ...all.command, method: "WALLET" as const, request } };
  };
  const answered = (store: MemoryOrderStore, rejected: unknown[] = []): EventScope => ({
    update: (orderUuid, decide) => store.update(orderUuid, decide),
    reject: async (rejection) => void rejected.push(rejection),
  });

  test("asks nobody and leaves the order PAYING, however often it is asked for", async () => {
    const { pay, command, payment } = await byWallet();
    const first = await pay.run(command);
    expect(first).toMatchObject({ order: { status: "PAYING", paymentMethod: "WALLET" }, replayed: false });
    expect(await pay.run(command)).toEqual(first);
    expect(await pay.run({ ...command, request: aRequest({ ...command.request, key: "another" }) })).toEqual(first);
    expect(payment.decisions.size).toBe(0);
  });

  test("has its answer once payment has paid", async () => {
    const { pay, command, store, current } = await byWallet();
    const { order } = await pay.run(command);
    const answer = { orderUuid: order.orderUuid, orderVersion: order.version, transactionUuid: uuidv7() };
    await applyPayment(answered(store), answer);
    await applyPayment(answered(store), answer);
    expect(await current()).toMatchObject({ status: "PAID", transactionUuid: answer.transactionUuid });
    expect(await pay.run(command)).toEqual({ order: await current(), replayed: true });
  });

  test("can be tried again with the same key after a refusal", async () => {
    const { pay, command, store, current } = await byWallet();
    const { order } = await pay.run(command);
    const { orderUuid, version: orderVersion } = order;
    await applyPayment(answered(store), { orderUuid, orderVersion, failure: "INSUFFICIENT_FUNDS" });
    expect(await current()).toMatchObject({ status: "PENDING_PAYMENT", paymentFailure: "INSUFFICIENT_FUNDS" });
    expect((await pay.run({ ...command, method: "CARD" })).order.status).toBe("PAID");
  });

  test("with the order that is made is one call, and its repeat the same answer", async () => {
    const { create } = system();
    const command = createCommand({ payWith: "WALLET", request: aRequest() });
    const { order } = await create.run(command);
    expect(order).toMatchObject({ status: "PAYING", version: 2, paymentMethod: "WALLET" });
    expect(await create.run(command)).toEqual({ order, replayed: true });
  });

  test("keeps it in mind when money came for an order that cannot take it", async () => {
    const { pay, cancel, command, store, current } = await byWallet();
    const { order } = await pay.run(command);
    await cancel.run(command);
    const rejected: unknown[] = [];
    const answer = { orderUuid: order.orderUuid, orderVersion: order.version, transactionUuid: uuidv7() };
    await applyPayment(answered(store, rejected), answer);
    expect((await current())?.status).toBe("CANCELLED");
    expect(rejected).toMatchObject([
      { order: { status: "CANCELLED" }, facts: { transaction_uuid: answer.transactionUuid } },
    ]);
    const { orderUuid, orderVersion } = answer;
    await applyPayment(answered(store, rejected), { orderUuid, orderVersion, failure: "REFUSED" });
    expect(rejected).toHaveLength(1);
  });

  test("is cancelled only when payment promises never to take the money", async () => {
    const { pay, cancel, command, payment, order, current } = await byWallet();
    await pay.run(command);
    const transactionUuid = uuidv7();
    payment.decisions.set(order.orderUuid, { decision: "PAID", transactionUuid });
    await expect(cancel.run(command)).rejects.toMatchObject({ reason: "ORDER_ALREADY_PAID" });
    expect(await current()).toMatchObject({ status: "PAID", transactionUuid });
  });
});

describe("a ship that is built", () => {
  test.each([
    ["PAID", "ASSEMBLED", 0],
    ["ASSEMBLED", "ASSEMBLED", 0],
    ["CANCELLED", "CANCELLED", 1],
  ] as const)("for a %s order leaves it %s", async (before, after, incidents) => {
    const { store } = system();
    const order = anOrder({ status: before });
    await store.insert({ order, changes: [] });
    const rejected: unknown[] = [];
    const scope: EventScope = {
      update: (orderUuid, decide) => store.update(orderUuid, decide),
      reject: async (rejection) => void rejected.push(rejection),
    };
    await applyAssembly(scope, order.orderUuid, 7);
    expect((await store.find(order.orderUuid))?.status).toBe(after);
    expect(rejected).toHaveLength(incidents);
  });
});

describe("the deadline", () => {
  test("cancels what nobody paid, and says how late it was", async () => {
    const { sweep, clock, current, store, lags, order } = await pending();
    clock.advance(PAYMENT_TIMEOUT_MS - 1);
    expect(await sweep.run(signal)).toMatchObject({ orders: 0 });
    clock.advance(251);
    expect(await sweep.run(signal)).toMatchObject({ orders: 1 });
    expect(await current()).toMatchObject({ status: "CANCELLED", cancelReason: "UNPAID_TOO_LONG" });
    expect(store.history(order.orderUuid)).toMatchObject([{}, { cause: "UNPAID_TOO_LONG" }]);
    expect(lags).toEqual([0, 250]);
  });

  test("is the payer's answer, whether the order is cancelled already or not", async () => {
    const { sweep, clock, pay, command } = await pending();
    clock.advance(PAYMENT_TIMEOUT_MS);
    await expect(pay.run(command)).rejects.toMatchObject({ reason: "ORDER_EXPIRED" });
    await sweep.run(signal);
    await expect(pay.run(command)).rejects.toMatchObject({ reason: "ORDER_EXPIRED" });
  });

  test.each(["CARD", "WALLET"] as const)("of a payment by %s does what payment decided", async (method) => {
    const { sweep, clock, store, payment, order, current } = await pending();
    const other = await store.insert(aNewOrder());
    for (const each of [order, other])
      await store.update(each?.orderUuid ?? "", (own, now) => startPayment(own, method, now));
    const transactionUuid = uuidv7();
    payment.decisions.set(order.orderUuid, { decision: "PAID", transactionUuid });
    clock.advance(PAYMENT_TIMEOUT_MS);
    await sweep.run(signal);
    expect(await current()).toMatchObject({ status: "PAID", transactionUuid });
    expect(await store.find(other?.orderUuid ?? "")).toMatchObject({
      status: "CANCELLED",
      cancelReason: "UNPAID_TOO_LONG",
    });
  });

  test("asks nobody to pay by card what was to be paid by wallet", async () => {
    const { sweep, store, payment, order } = await pending();
    await store.update(order.orderUuid, (own, now) => startPayment(own, "WALLET", now));
    await sweep.run(signal);
    expect(payment.decisions.size).toBe(0);
  });

  test("of one order that cannot be finished blocks no other", async () => {
    const { sweep, clock, store, payment, failed, current } = await pending();
    const stuck = await store.insert(aNewOrder({ payWith: "WALLET" }));
    payment.unreachable = true;
    clock.advance(PAYMENT_TIMEOUT_MS);
    await sweep.run(signal);
    expect((await current())?.status).toBe("CANCELLED");
    expect(failed.map(({ orderUuid }) => orderUuid)).toEqual([stuck?.orderUuid]);
  });
});

describe("the fingerprint of a request", () => {
  test("does not depend on the order of members", () => {
    expect(fingerprintOf("op", { a: 1, b: [{ c: 2, d: 3 }] })).toBe(fingerprintOf("op", { b: [{ d: 3, c: 2 }], a: 1 }));
  });

  test.each([{ a: 2 }, { b: 1 }, { a: [1] }, { a: "1" }])("differs for %j", (other) => {
    expect(fingerprintOf("op", other)).not.toBe(fingerprintOf("op", { a: 1 }));
  });
});
