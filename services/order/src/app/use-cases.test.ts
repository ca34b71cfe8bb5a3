import { AppError, systemClock, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { aRequest } from "../../test/builders.ts";
import { MemoryOrderStore } from "../adapters/order-store.memory.ts";
import { type Order, startPayment } from "../domain/order.ts";
import { CancelOrder } from "./cancel-order.ts";
import { CreateOrder, type CreateOrderCommand } from "./create-order.ts";
import { fingerprintOf } from "./idempotency.ts";
import { PayOrder, type PayOrderCommand } from "./pay-order.ts";
import type { Part, PaymentDecision, PaymentGateway } from "./ports.ts";
import { createSettlePayment } from "./settle-payment.ts";
import { Sweep } from "./sweep.ts";

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
  const store = new MemoryOrderStore();
  const payment = new FakePayment();
  const settle = createSettlePayment(store, systemClock);
  const common = { store, payment, settle, clock: systemClock, failpoint };
  const sold = new Map([engine, wing].map((part) => [part.partUuid, part]));
  const catalog = { find: async (uuids: readonly string[]) => uuids.flatMap((uuid) => sold.get(uuid) ?? []) };
  const failed: Order[] = [];
  return {
    store,
    payment,
    failed,
    sold,
    create: new CreateOrder({ ...common, catalog }),
    pay: new PayOrder(common),
    cancel: new CancelOrder(common),
    sweep: new Sweep({ ...common, batch: 10, onFailure: (order) => failed.push(order) }),
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
    await store.update(order.orderUuid, (own) => startPayment(own, "CARD", new Date()));
    await payment.pay(order);
    await expect(cancel.run(command)).rejects.toMatchObject({ reason: "ORDER_ALREADY_PAID" });
    expect((await current())?.status).toBe("PAID");
  });

  test("of a PAYING order does what payment decided: VOIDED cancels", async () => {
    const { cancel, command, store, order, current } = await pending();
    await store.update(order.orderUuid, (own) => startPayment(own, "CARD", new Date()));
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
    expect(await sweep.run(signal)).toBe(1);
    const settled = await current();
    expect(settled?.status).toBe("PAID");
    expect(payment.decisions.get(command.orderUuid)).toEqual({
      decision: "PAID",
      transactionUuid: settled?.transactionUuid,
    });
  });

  test("leaves an order PAYING and reports it while payment is unreachable", async () => {
    const { sweep, store, payment, order, failed, current } = await pending();
    await store.update(order.orderUuid, (own) => startPayment(own, "CARD", new Date()));
    payment.unreachable = true;
    await sweep.run(signal);
    expect(failed.map(({ orderUuid }) => orderUuid)).toEqual([order.orderUuid]);
    expect((await current())?.status).toBe("PAYING");
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
