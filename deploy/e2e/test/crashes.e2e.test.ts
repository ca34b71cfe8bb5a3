import { eventually } from "@gantry/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
const statusOf = async (orderUuid: string) => (await person.orders.GET("/orders/{order_uuid}", path(orderUuid))).data;

const timesFired = (service: string, failpoint: string): number =>
  system.stack.logs(service).filter((line) => line.includes(`failpoint fired: ${failpoint} kill`)).length;

/** Kills `service` at `failpoint` while `work` runs, proves that it was killed there, and starts it again unarmed. */
async function killedAt(service: "order" | "payment", failpoint: string, work: () => Promise<unknown>): Promise<void> {
  await system.stack.restart(service, { FP: `${failpoint}:kill:1` });
  const before = timesFired(service, failpoint);
  await work().catch(() => "the connection broke, as it must");
  await eventually(() => timesFired(service, failpoint) > before);
  await system.stack.restart(service, { FP: "" });
}

const steps: readonly (readonly ["order" | "payment", string])[] = [
  ["order", "order.tx.before_commit"],
  ["order", "order.tx.after_commit"],
  ["order", "pay.before_call"],
  ["payment", "payment.tx.before_commit"],
  ["payment", "payment.tx.after_commit"],
  ["order", "pay.after_call"],
  ["order", "pay.after_commit"],
];

describe("an order whose payment is cut off by a kill −9", () => {
  test.each(steps)(
    "of %s at %s is PAID once or still PENDING, and can be paid once",
    async (service, failpoint) => {
      const orderUuid = await system.pendingOrder(person);
      await killedAt(service, failpoint, () => pay(orderUuid));

      const settled = await eventually(
        async () => {
          const order = await statusOf(orderUuid);
          expect(order?.status).toMatch(/^(PAID|PENDING_PAYMENT)$/);
          return order;
        },
        { withinMs: 15_000 },
      );
      await pay(orderUuid);
      const order = await statusOf(orderUuid);
      expect(order?.status).toBe("PAID");
      if (settled?.status === "PAID") expect(order?.transaction_uuid).toBe(settled.transaction_uuid);
      expect(
        await system.query("payment", "SELECT decision, transaction_uuid FROM payment WHERE order_uuid = $1", [
          orderUuid,
        ]),
      ).toEqual([{ decision: "PAY", transaction_uuid: order?.transaction_uuid }]);
      const history = await person.orders.GET("/orders/{order_uuid}/history", path(orderUuid));
      expect(history.data?.entries.map(({ version }) => version)).toEqual([1, 2, 3]);
    },
    60_000,
  );
});

describe("a create that is cut off by a kill −9", () => {
  test.each(["order.tx.before_commit", "order.tx.after_commit"])(
    "at %s is made once by a repeat with the same key",
    async (failpoint) => {
      const body = { part_uuids: [await system.partUuid()] };
      const params = { header: { "Idempotency-Key": crypto.randomUUID() } };
      await killedAt("order", failpoint, () => person.orders.POST("/orders", { body, params }));

      const repeated = await person.orders.POST("/orders", { body, params });
      expect(repeated.response.status).toBe(201);
      expect(repeated.response.headers.has("idempotency-replayed")).toBe(failpoint === "order.tx.after_commit");
      const made = await system.query("order", "SELECT order_uuid FROM idempotency WHERE key = $1", [
        params.header["Idempotency-Key"],
      ]);
      expect(made).toEqual([{ order_uuid: repeated.data?.order_uuid }]);
    },
    60_000,
  );
});

test("payment killed while it is asked leaves no order PAYING for good", async () => {
  const orders = await Promise.all(Array.from({ length: 20 }, () => system.pendingOrder(person)));
  const paying = orders.map((orderUuid) => pay(orderUuid));
  await system.stack.kill("payment");
  await Promise.allSettled(paying);
  await system.stack.ready("payment");
  await eventually(
    async () => {
      const states = await Promise.all(orders.map(async (orderUuid) => (await statusOf(orderUuid))?.status));
      expect(states.filter((status) => status !== "PAID" && status !== "PENDING_PAYMENT")).toEqual([]);
    },
    { withinMs: 20_000 },
  );
  const charged = await system.query<{ order_uuid: string }>(
    "payment",
    "SELECT order_uuid FROM payment WHERE decision = 'PAY' AND order_uuid = ANY($1)",
    [orders],
  );
  const paid = await system.query<{ order_uuid: string }>(
    "order",
    "SELECT order_uuid FROM orders WHERE status = 'PAID' AND order_uuid = ANY($1)",
    [orders],
  );
  expect(charged.map((row) => row.order_uuid).toSorted()).toEqual(paid.map((row) => row.order_uuid).toSorted());
}, 60_000);
