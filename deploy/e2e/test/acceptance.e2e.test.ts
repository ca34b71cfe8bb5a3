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

describe("a person", () => {
  test("orders, pays and sees the whole history", async () => {
    const partUuid = await system.partUuid();
    const created = await person.orders.POST("/orders", {
      body: { items: [{ part_uuid: partUuid, quantity: 2 }], user_uuid: person.userUuid },
    });
    expect(created.response.status).toBe(201);
    const order = created.data;
    if (order === undefined) throw new Error("no order");
    expect(order).toMatchObject({ status: "PENDING_PAYMENT", user_uuid: person.userUuid, version: 1 });
    expect(order.total.minor).toBe(2 * (order.items[0]?.unit_price.minor ?? 0));
    expect(created.response.headers.get("location")).toBe(`/api/v1/orders/${order.order_uuid}`);

    const paid = await person.orders.POST("/orders/{order_uuid}/pay", {
      ...path(order.order_uuid),
      body: { payment_method: "SBP" },
    });
    expect(paid.data?.order).toMatchObject({
      status: "PAID",
      payment_method: "SBP",
      transaction_uuid: expect.any(String),
    });
    expect(paid.data).toMatchObject({ transaction_uuid: paid.data?.order.transaction_uuid });

    const history = await person.orders.GET("/orders/{order_uuid}/history", path(order.order_uuid));
    expect(history.data?.entries.map(({ to, cause }) => `${cause} ${to}`)).toEqual([
      "CREATED PENDING_PAYMENT",
      "PAY_REQUESTED PAYING",
      "PAYMENT_CONFIRMED PAID",
    ]);
    const again = await person.orders.POST("/orders/{order_uuid}/cancel", path(order.order_uuid));
    expect(again.error?.code).toBe("ORDER_ALREADY_PAID");
  });

  test("cancels an unpaid order, and again, and can no longer pay it", async () => {
    const orderUuid = await system.pendingOrder(person);
    for (const time of ["first", "second"]) {
      const { response } = await person.orders.POST("/orders/{order_uuid}/cancel", path(orderUuid));
      expect(response.status, time).toBe(204);
    }
    const pay = await person.orders.POST("/orders/{order_uuid}/pay", {
      ...path(orderUuid),
      body: { payment_method: "CARD" },
    });
    expect(pay.error?.code).toBe("ORDER_CANCELLED");
  });

  test("sees, pays and cancels nobody else's order", async () => {
    const orderUuid = await system.pendingOrder(person);
    const stranger = await system.person();
    const answers = await Promise.all([
      stranger.orders.GET("/orders/{order_uuid}", path(orderUuid)),
      stranger.orders.GET("/orders/{order_uuid}/history", path(orderUuid)),
      stranger.orders.POST("/orders/{order_uuid}/pay", { ...path(orderUuid), body: { payment_method: "CARD" } }),
      stranger.orders.POST("/orders/{order_uuid}/cancel", path(orderUuid)),
    ]);
    expect(answers.map(({ response }) => response.status)).toEqual([404, 404, 404, 404]);
    const list = await stranger.orders.GET("/orders");
    expect(list.data?.orders).toEqual([]);
  });

  test("gets the same order and payment again for the same Idempotency-Key", async () => {
    const body = { part_uuids: [await system.partUuid()] };
    const params = { header: { "Idempotency-Key": crypto.randomUUID() } };
    const [first, second] = [
      await person.orders.POST("/orders", { body, params }),
      await person.orders.POST("/orders", { body, params }),
    ];
    expect(second.data).toEqual(first.data);
    expect(second.response.headers.get("idempotency-replayed")).toBe("true");
    const pay = () =>
      person.orders.POST("/orders/{order_uuid}/pay", {
        params: { ...params, path: { order_uuid: first.data?.order_uuid ?? "" } },
        body: { payment_method: "CARD" },
      });
    const paid = [await pay(), await pay()];
    expect(paid[1]?.data).toEqual(paid[0]?.data);
    expect(paid[0]?.data?.order.status).toBe("PAID");
  });

  test("pages through their own orders, newest first", async () => {
    const collector = await system.person();
    const made = [
      await system.pendingOrder(collector),
      await system.pendingOrder(collector),
      await system.pendingOrder(collector),
    ];
    const first = await collector.orders.GET("/orders", {
      params: { query: { page_size: 2, status: ["PENDING_PAYMENT", "PAYING"] } },
    });
    const token = first.data?.next_page_token ?? "";
    const second = await collector.orders.GET("/orders", { params: { query: { page_size: 2, page_token: token } } });
    const seen = [...(first.data?.orders ?? []), ...(second.data?.orders ?? [])].map((order) => order.order_uuid);
    expect(seen).toEqual(made.toReversed());
    expect(second.data?.next_page_token).toBeUndefined();
  });
});

describe("the system", () => {
  test("keeps orders over a restart of every service and of the database", async () => {
    const orderUuid = await system.pendingOrder(person);
    await system.stack.postgres?.restart();
    for (const service of ["inventory", "payment", "order", "iam", "gateway"]) await system.stack.restart(service);
    const { data } = await person.orders.GET("/orders/{order_uuid}", path(orderUuid));
    expect(data?.status).toBe("PENDING_PAYMENT");
  });

  test("lets nobody in without a session, and hides what only services may call", async () => {
    const bare = await fetch(`${system.gateway}/api/v1/orders`);
    expect(bare.status).toBe(401);
    const pay = await fetch(`${system.gateway}/gantry.payment.v1.PaymentService/PayOrder`, {
      method: "POST",
      headers: { "content-type": "application/json", ...person.headers },
      body: JSON.stringify({
        orderUuid: crypto.randomUUID(),
        userUuid: person.userUuid,
        paymentMethod: 1,
        amount: { minor: "1", currency: "USD" },
      }),
    });
    expect(pay.status).toBe(404);
  });
});
