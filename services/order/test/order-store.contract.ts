import { uuidv7 } from "@gantry/kernel";
import { expect, test } from "vitest";
import type { OrderStore } from "../src/app/ports.ts";
import { type Change, cancelOrder, confirmPayment, type Order, startPayment } from "../src/domain/order.ts";
import { aNewOrder, anItem, aRequest } from "./builders.ts";

export interface StoreUnderTest {
  readonly store: OrderStore;
  history(orderUuid: string): Promise<readonly Change[]>;
}

const at = new Date("2026-11-02T10:01:00.000Z");

/** What every adapter of {@link OrderStore} must do. */
export function orderStoreContract(make: () => Promise<StoreUnderTest>): void {
  const stored = async (): Promise<StoreUnderTest & { order: Order }> => {
    const underTest = await make();
    const decision = aNewOrder({ items: [anItem({ quantity: 3 }), anItem({ name: "Nose cone" })] });
    await underTest.store.insert(decision);
    return { ...underTest, order: decision.order };
  };

  test("gives back an order as it was inserted", async () => {
    const { store, order, history } = await stored();
    expect(await store.find(order.orderUuid)).toEqual(order);
    expect(await history(order.orderUuid)).toHaveLength(1);
  });

  test("does not find what was never inserted", async () => {
    const { store } = await make();
    expect(await store.find(uuidv7())).toBeUndefined();
    await expect(store.update(uuidv7(), (order) => ({ order, changes: [] }))).rejects.toMatchObject({
      reason: "ORDER_NOT_FOUND",
    });
  });

  test("saves a change with its line of history", async () => {
    const { store, order, history } = await stored();
    const paying = await store.update(order.orderUuid, (current) => startPayment(current, "CARD", at));
    expect(await store.find(order.orderUuid)).toEqual(paying);
    expect(await history(order.orderUuid)).toMatchObject([
      { version: 1, to: "PENDING_PAYMENT", cause: "CREATED" },
      { version: 2, from: "PENDING_PAYMENT", to: "PAYING", cause: "PAY_REQUESTED" },
    ]);
  });

  test("saves nothing when the decision is a refusal", async () => {
    const { store, order } = await stored();
    await expect(
      store.update(order.orderUuid, (current) => confirmPayment(current, uuidv7(), at)),
    ).rejects.toMatchObject({ reason: "ORDER_CHANGED" });
    expect(await store.find(order.orderUuid)).toEqual(order);
  });

  test("lets one of twenty racing writers win and decides anew for the others", async () => {
    const { store, order, history } = await stored();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.update(order.orderUuid, (current) => startPayment(current, "CARD", at))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ reason: "PAYMENT_IN_PROGRESS" });
    }
    expect(await history(order.orderUuid)).toHaveLength(2);
  });

  test("gives pay or cancel to one of two racing requests, never to both", async () => {
    const { store, order } = await stored();
    const [pay, cancel] = await Promise.allSettled([
      store.update(order.orderUuid, (current) => startPayment(current, "CARD", at)),
      store.update(order.orderUuid, (current) =>
        current.status === "PAYING" ? { order: current, changes: [] } : cancelOrder(current, at),
      ),
    ]);
    const cancelled = cancel.status === "fulfilled" && cancel.value.status === "CANCELLED";
    expect(pay.status === "fulfilled").toBe(!cancelled);
  });

  test("inserts once for a key and keeps the answer", async () => {
    const { store } = await make();
    const request = aRequest();
    const first = aNewOrder();
    const inserted = await Promise.all(
      [first, aNewOrder(), aNewOrder()].map((decision) => store.insert(decision, request)),
    );
    expect(inserted.filter(Boolean)).toHaveLength(1);
    const kept = await store.findAnswer(request);
    expect(kept?.order).toEqual(await store.find(kept?.orderUuid ?? ""));
  });

  test("keeps the keys of persons and operations apart", async () => {
    const { store } = await make();
    const request = aRequest();
    await store.insert(aNewOrder(), request);
    expect(await store.findAnswer({ ...request, userUuid: uuidv7() })).toBeUndefined();
    expect(await store.findAnswer({ ...request, operation: "payOrder" })).toBeUndefined();
    expect(await store.insert(aNewOrder(), { ...request, userUuid: uuidv7() })).toBe(true);
  });

  test("answers every claim on an order when it is paid, with the order as it was then", async () => {
    const { store, order } = await stored();
    const [first, second] = [aRequest({ operation: "payOrder" }), aRequest({ operation: "payOrder" })];
    await store.update(order.orderUuid, (current) => startPayment(current, "CARD", at), first);
    await store.update(order.orderUuid, (current) => ({ order: current, changes: [] }), second);
    expect(await store.findAnswer(first)).toEqual({ fingerprint: "same", orderUuid: order.orderUuid });
    const paid = await store.update(order.orderUuid, (current) => confirmPayment(current, uuidv7(), at));
    expect((await store.findAnswer(first))?.order).toEqual(paid);
    expect((await store.findAnswer(second))?.order).toEqual(paid);
  });
}
