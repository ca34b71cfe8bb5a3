import { afterAll, beforeAll, expect, test } from "vitest";
import { type Person, type System, startSystem } from "./system.ts";

let system: System;
let person: Person;

beforeAll(async () => {
  system = await startSystem();
  person = await system.person();
});
afterAll(() => system[Symbol.asyncDispose]());

const path = (order_uuid: string) => ({ params: { path: { order_uuid } } });
const pay = (orderUuid: string) =>
  person.orders.POST("/orders/{order_uuid}/pay", { ...path(orderUuid), body: { payment_method: "CARD" } });
const cancel = (orderUuid: string) => person.orders.POST("/orders/{order_uuid}/cancel", path(orderUuid));
const decisions = (orderUuid: string) =>
  system.query<{ decision: string; transaction_uuid: string | null }>(
    "payment",
    "SELECT * FROM payment WHERE order_uuid = $1",
    [orderUuid],
  );

test("fifty parallel pays of one order are one charge", async () => {
  const orderUuid = await system.pendingOrder(person);
  const answers = await Promise.all(Array.from({ length: 50 }, () => pay(orderUuid)));
  const transactions = new Set(answers.flatMap(({ data }) => (data ? [data.order.transaction_uuid] : [])));
  expect(transactions.size).toBe(1);
  for (const { response, error } of answers) {
    if (response.status !== 200) expect(error?.code).toMatch(/^(ORDER_ALREADY_PAID|ORDER_CHANGED)$/);
  }
  expect(await decisions(orderUuid)).toMatchObject([{ decision: "PAY", transaction_uuid: [...transactions][0] }]);
});

test("fifty creates at once with one key are one order", async () => {
  const body = { part_uuids: [await system.partUuid()] };
  const params = { header: { "Idempotency-Key": crypto.randomUUID() } };
  const answers = await Promise.all(Array.from({ length: 50 }, () => person.orders.POST("/orders", { body, params })));
  const made = new Set(answers.flatMap(({ data }) => (data ? [data.order_uuid] : [])));
  expect(made.size).toBe(1);
  expect(answers.filter(({ response }) => response.status === 201).length).toBeGreaterThan(0);
  for (const { response, error } of answers) {
    if (response.status !== 201) expect(error?.code).toBe("IDEMPOTENCY_KEY_IN_USE");
  }
});

test("pay against cancel, two hundred times: never both, and every answer is true", async () => {
  const outcomes = new Map<string, number>();
  for (let round = 0; round < 200; round++) {
    const orderUuid = await system.pendingOrder(person);
    const [paid, cancelled] = await Promise.all([pay(orderUuid), cancel(orderUuid)]);
    const { data: order } = await person.orders.GET("/orders/{order_uuid}", path(orderUuid));
    const [decision] = await decisions(orderUuid);
    expect([paid.response.status === 200, cancelled.response.status === 204]).toContain(true);
    expect(paid.response.status === 200 && cancelled.response.status === 204).toBe(false);
    expect(order?.status).toBe(paid.response.status === 200 ? "PAID" : "CANCELLED");
    if (order?.status === "PAID")
      expect(decision).toMatchObject({ decision: "PAY", transaction_uuid: order.transaction_uuid });
    else expect(decision?.decision ?? "VOID").toBe("VOID");
    outcomes.set(order?.status ?? "", (outcomes.get(order?.status ?? "") ?? 0) + 1);
  }
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(200);
}, 120_000);
