import { randomBytes } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { transportTo } from "@gantry/devstack";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { eventually } from "@gantry/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApi } from "../src/faults/workload/api.ts";
import { type Collector, startCollector } from "./collector.ts";
import { CASE_TIMEOUT_MS, type Drill, startDrill } from "./faults.ts";

let collector: Collector;
let drill: Drill;

beforeAll(async () => {
  collector = await startCollector();
  drill = await startDrill({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
});
afterAll(async () => {
  await drill[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
});

/** A person with an unpaid order and the money for it. */
async function aCustomer() {
  const { shop } = drill.system;
  const customer = await shop.customer();
  const api = createApi({ gateway: shop.gateway, customer });
  const basket = shop.catalogue.basket([{ part: 0, quantity: 2 }]);
  expect(await api.topUp(basket.totalMinor, crypto.randomUUID())).toMatchObject({ kind: "ok" });
  const order = await api.create(basket.items, crypto.randomUUID());
  expect(order).toMatchObject({ kind: "ok", status: 201 });
  const orderUuid = order.kind === "ok" ? (order.orderUuid ?? "") : "";
  return { api, orderUuid, headers: customer.headers };
}

const ends = (api: ReturnType<typeof createApi>, orderUuid: string, status: string) =>
  eventually(async () => expect(await api.status(orderUuid)).toBe(status));

test(
  "an order is made, paid from the wallet, built, and the person is told of both",
  async () => {
    const { api, orderUuid, headers } = await aCustomer();
    expect(await api.pay(orderUuid, "WALLET", crypto.randomUUID())).toMatchObject({ kind: "ok", status: 202 });
    await ends(api, orderUuid, "ASSEMBLED");
    const orders = createOrderClient({ baseUrl: drill.system.shop.gateway, headers });
    const { data } = await orders.GET("/orders/{order_uuid}/history", { params: { path: { order_uuid: orderUuid } } });
    expect(data?.entries.map(({ cause }) => cause)).toEqual([
      "CREATED",
      "PAY_REQUESTED",
      "PAYMENT_CONFIRMED",
      "SHIP_ASSEMBLED",
    ]);
    const told = () => drill.system.telegram.deliveries().filter(({ shown }) => shown.includes(orderUuid));
    await eventually(() => told().length >= 2);
    expect(told()).toHaveLength(2);
  },
  CASE_TIMEOUT_MS,
);

test(
  "a person is told where they asked IAM to, and no more where they did before",
  async () => {
    const { api, orderUuid, headers } = await aCustomer();
    const contact = "777000777";
    const users = createClient(UserService, transportTo(drill.system.shop.gateway));
    const notificationMethods = [{ provider: NotificationProvider.TELEGRAM, contact }];
    await users.setNotificationMethods({ notificationMethods }, { headers });
    expect(await api.pay(orderUuid, "CARD", crypto.randomUUID())).toMatchObject({ kind: "ok" });
    await ends(api, orderUuid, "ASSEMBLED");
    const told = () => drill.system.telegram.deliveries().filter(({ shown }) => shown.includes(orderUuid));
    await eventually(() => expect(told().map(({ chatId }) => chatId)).toEqual([contact, contact]));
  },
  CASE_TIMEOUT_MS,
);

test(
  "one trace leads from the request to pay through outbox, broker and every consumer",
  async () => {
    const { api, orderUuid, headers } = await aCustomer();
    const [traceId, clientSpan] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
    const paid = await fetch(`${drill.system.shop.gateway}/api/v1/orders/${orderUuid}/pay`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...headers,
        traceparent: `00-${traceId}-${clientSpan}-01`,
      },
      body: JSON.stringify({ payment_method: "WALLET" }),
    });
    expect(paid.status).toBe(202);
    await ends(api, orderUuid, "ASSEMBLED");
    // Envoy passes a trace on and writes no span of its own.
    const door = drill.system.stack.env("gateway").GATEWAY_HTTP_PORT === undefined ? [] : ["gateway"];
    const services = ["assembly", ...door, "iam", "notification", "order", "payment"];
    await eventually(() => {
      const spans = collector.spansOf(traceId);
      expect([...new Set(spans.map(({ service }) => service))].toSorted()).toEqual(services);
      // Whoever works for this payment hangs below the request: no span begins a line of its own.
      const known = new Set([clientSpan, ...spans.map(({ spanId }) => spanId)]);
      const orphans = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId));
      expect(orphans.map(({ service, name }) => `${service} ${name}`)).toEqual([]);
    });
  },
  CASE_TIMEOUT_MS,
);
