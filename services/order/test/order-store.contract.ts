import { events } from "@gantry/gen/events/registry";
import { type EventRecord, uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { expect, test } from "vitest";
import type { Decide, HistoryEntry, OrderStore } from "../src/app/ports.ts";
import type { PaymentMethod } from "../src/domain/change.ts";
import {
  cancelOrder,
  completeOrder,
  confirmPayment,
  type Order,
  refusePayment,
  startPayment,
  unchanged,
} from "../src/domain/order.ts";
import { aNewOrder, anItem, aRequest } from "./builders.ts";

export interface StoreUnderTest {
  readonly store: OrderStore;
  history(orderUuid: string): Promise<readonly HistoryEntry[]>;
  /** What the outbox holds of an order, in the order of writing. */
  events(orderUuid: string): Promise<readonly EventRecord[]>;
}

/** Whose orders can be paid for so long, in milliseconds. */
export type MakeStore = (paymentTimeoutMs: number) => Promise<StoreUnderTest>;

const codec = createEventCodec(events);
const pay =
  (method: PaymentMethod): Decide =>
  (order, now) =>
    startPayment(order, method, now);
const confirm =
  (transactionUuid = uuidv7()): Decide =>
  (order, now) =>
    confirmPayment(order, transactionUuid, now);

/** What every adapter of {@link OrderStore} must do. */
export function orderStoreContract(makeStore: MakeStore): void {
  const make = (paymentTimeoutMs = 60_000) => makeStore(paymentTimeoutMs);
  const stored = async (paymentTimeoutMs?: number): Promise<StoreUnderTest & { order: Order }> => {
    const underTest = await make(paymentTimeoutMs);
    const decision = aNewOrder({ items: [anItem({ quantity: 3 }), anItem({ name: "Nose cone" })] });
    const order = await underTest.store.insert(decision);
    if (order === undefined) throw new Error("nothing was inserted");
    return { ...underTest, order };
  };
  const told = async ({ events }: StoreUnderTest, { orderUuid }: Order) =>
    (await events(orderUuid)).map((record) => codec.decode(record));

  test("gives back an order as it was inserted, with a deadline", async () => {
    const before = Date.now();
    const { store, order, history } = await stored();
    expect(await store.find(order.orderUuid)).toEqual(order);
    expect(await history(order.orderUuid)).toHaveLength(1);
    expect(order.expiresAt.getTime() - before).toBeGreaterThanOrEqual(59_000);
  });

  test("does not find what was never inserted", async () => {
    const { store } = await make();
    expect(await store.find(uuidv7())).toBeUndefined();
    await expect(store.update(uuidv7(), unchanged)).rejects.toMatchObject({ reason: "ORDER_NOT_FOUND" });
  });

  test("saves a change with its line of history", async () => {
    const { store, order, history } = await stored();
    const paying = await store.update(order.orderUuid, pay("CARD"));
    expect(await store.find(order.orderUuid)).toEqual(paying);
    expect(await history(order.orderUuid)).toMatchObject([
      { version: 1, to: "PENDING_PAYMENT", cause: "CREATED" },
      { version: 2, from: "PENDING_PAYMENT", to: "PAYING", cause: "PAY_REQUESTED" },
    ]);
  });

  test("tells each change by one event, at the version it led to", async () => {
    const { order, ...underTest } = await stored();
    const transactionUuid = uuidv7();
    const changes: readonly Decide[] = [
      pay("WALLET"),
      (current, now) => refusePayment(current, "INSUFFICIENT_FUNDS", now),
      pay("CARD"),
      confirm(transactionUuid),
      (current, now) => completeOrder(current, 7, now),
    ];
    for (const change of changes) await underTest.store.update(order.orderUuid, change);
    const { orderUuid, userUuid } = order;
    const expected = [
      ["OrderCreated", { total: order.total }],
      ["OrderPaymentRequested", { paymentMethod: 5 }],
      ["OrderPaymentRefused", { paymentMethod: 5, reason: 1 }],
      ["OrderPaymentRequested", { paymentMethod: 1 }],
      ["OrderPaid", { paymentMethod: 1, transactionUuid }],
      ["OrderAssembled", { buildTimeSec: 7 }],
    ] as const;
    expect(await told(underTest, order)).toMatchObject(
      expected.map(([name, facts], index) => ({
        $typeName: `gantry.order.v1.${name}`,
        version: index + 1,
        orderUuid,
        userUuid,
        ...facts,
      })),
    );
    expect(await underTest.history(orderUuid)).toMatchObject([
      {},
      {},
      { paymentFailure: "INSUFFICIENT_FUNDS" },
      {},
      {},
      {},
    ]);
  });

  test("saves an order that is paid at once with both of its changes", async () => {
    const underTest = await make();
    const order = await underTest.store.insert(aNewOrder({ payWith: "WALLET" }), aRequest());
    if (order === undefined) throw new Error("nothing was inserted");
    expect(await underTest.store.find(order.orderUuid)).toEqual(order);
    expect(order).toMatchObject({ status: "PAYING", version: 2, paymentMethod: "WALLET" });
    expect(await underTest.history(order.orderUuid)).toMatchObject([{ version: 1 }, { version: 2, to: "PAYING" }]);
    expect(await told(underTest, order)).toMatchObject([
      { $typeName: "gantry.order.v1.OrderCreated", version: 1 },
      { $typeName: "gantry.order.v1.OrderPaymentRequested", version: 2 },
    ]);
  });

  test("shows why a payment was refused until the next change", async () => {
    const { store, order } = await stored();
    await store.update(order.orderUuid, pay("WALLET"));
    await store.update(order.orderUuid, (current, now) => refusePayment(current, "REFUSED", now));
    expect(await store.find(order.orderUuid)).toMatchObject({ status: "PENDING_PAYMENT", paymentFailure: "REFUSED" });
    await store.update(order.orderUuid, cancelOrder);
    const cancelled = await store.find(order.orderUuid);
    expect(cancelled).toMatchObject({ status: "CANCELLED", cancelReason: "REQUESTED" });
    expect(cancelled?.paymentFailure).toBeUndefined();
  });

  test("saves and tells nothing when the decision is a refusal or no change", async () => {
    const { order, ...underTest } = await stored();
    await expect(underTest.store.update(order.orderUuid, confirm())).rejects.toMatchObject({ reason: "ORDER_CHANGED" });
    await underTest.store.update(order.orderUuid, unchanged);
    expect(await underTest.store.find(order.orderUuid)).toEqual(order);
    expect(await told(underTest, order)).toHaveLength(1);
  });

  test("lets nobody pay behind the deadline", async () => {
    const { order, ...underTest } = await stored(0);
    await expect(underTest.store.update(order.orderUuid, pay("CARD"))).rejects.toMatchObject({
      reason: "ORDER_EXPIRED",
    });
    expect(await told(underTest, order)).toHaveLength(1);
  });

  test("hands out an unpaid order behind its deadline and not before", async () => {
    const [late, early] = [await stored(0), await stored()];
    const { orders } = await late.store.claimUnfinished(1000);
    const claimed = orders.map(({ orderUuid }) => orderUuid);
    expect(claimed).toContain(late.order.orderUuid);
    expect(claimed).not.toContain(early.order.orderUuid);
  });

  test("lets one of twenty racing writers win and decides anew for the others", async () => {
    const { order, ...underTest } = await stored();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => underTest.store.update(order.orderUuid, pay("CARD"))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ reason: "PAYMENT_IN_PROGRESS" });
    }
    expect(await underTest.history(order.orderUuid)).toHaveLength(2);
    expect(await told(underTest, order)).toHaveLength(2);
  });

  test("gives pay or cancel to one of two racing requests, never to both", async () => {
    const { store, order } = await stored();
    const [pays, cancels] = await Promise.allSettled([
      store.update(order.orderUuid, pay("CARD")),
      store.update(order.orderUuid, (current, now) =>
        current.status === "PAYING" ? unchanged(current) : cancelOrder(current, now),
      ),
    ]);
    const cancelled = cancels.status === "fulfilled" && cancels.value.status === "CANCELLED";
    expect(pays.status === "fulfilled").toBe(!cancelled);
  });

  test("inserts once for a key, tells it once and keeps the answer", async () => {
    const underTest = await make();
    const request = aRequest();
    const decisions = [aNewOrder(), aNewOrder({ payWith: "WALLET" }), aNewOrder()];
    const inserted = await Promise.all(decisions.map((decision) => underTest.store.insert(decision, request)));
    expect(inserted.filter(Boolean)).toHaveLength(1);
    const kept = await underTest.store.findAnswer(request);
    expect(kept?.order).toEqual(await underTest.store.find(kept?.orderUuid ?? ""));
    const others = decisions.filter(({ order }) => order.orderUuid !== kept?.orderUuid);
    for (const { order } of others) expect(await underTest.events(order.orderUuid)).toEqual([]);
  });

  test("keeps the keys of persons and operations apart", async () => {
    const { store } = await make();
    const request = aRequest();
    await store.insert(aNewOrder(), request);
    expect(await store.findAnswer({ ...request, userUuid: uuidv7() })).toBeUndefined();
    expect(await store.findAnswer({ ...request, operation: "payOrder" })).toBeUndefined();
    expect(await store.insert(aNewOrder(), { ...request, userUuid: uuidv7() })).toBeDefined();
  });

  test("answers every claim on an order when it is paid, with the order as it was then", async () => {
    const { store, order } = await stored();
    const [first, second] = [aRequest({ operation: "payOrder" }), aRequest({ operation: "payOrder" })];
    await store.update(order.orderUuid, pay("CARD"), first);
    await store.update(order.orderUuid, unchanged, second);
    expect(await store.findAnswer(first)).toEqual({ fingerprint: "same", orderUuid: order.orderUuid });
    const paid = await store.update(order.orderUuid, confirm());
    await store.update(order.orderUuid, (current, now) => completeOrder(current, 7, now));
    expect((await store.findAnswer(first))?.order).toEqual(paid);
    expect((await store.findAnswer(second))?.order).toEqual(paid);
  });

  test("gives up the claims on an order whose payment is refused", async () => {
    const { store, order } = await stored();
    const request = aRequest({ operation: "payOrder" });
    await store.update(order.orderUuid, pay("WALLET"), request);
    await store.update(order.orderUuid, (current, now) => refusePayment(current, "REFUSED", now));
    expect(await store.findAnswer(request)).toBeUndefined();
    await store.update(order.orderUuid, pay("CARD"), { ...request, fingerprint: "other" });
    expect((await store.findAnswer(request))?.fingerprint).toBe("other");
  });
}
