import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import type { components } from "@gantry/gen/openapi/order/types";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { type Finding, type Report, StepFailed } from "./report.ts";

/** A running system as a customer sees it. */
export interface DemoSystem {
  /** Base URL of `order` and of `inventory`. */
  readonly urls: Readonly<Record<string, string>>;
  /** A token that the services accept for that user. */
  tokenOf(userUuid: string): Promise<string>;
}

type OrderClient = ReturnType<typeof createOrderClient>;
type Money = components["schemas"]["Money"];

/**
 * The acceptance scenario: a new user takes a part, orders it and pays; orders once more and cancels. Ends at the first
 * step that goes wrong; the report knows.
 */
export async function walk(system: DemoSystem, report: Report): Promise<void> {
  try {
    await everyStep(system, report);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  }
}

async function everyStep(system: DemoSystem, { step }: Report): Promise<void> {
  const userUuid = uuidv7();
  const token = await step("make a user", async () => finding(await system.tokenOf(userUuid), userUuid));
  const part = await step("list the parts and take one", () => takePart(system, token));
  const client = createOrderClient({ baseUrl: urlOf(system, "order"), headers: { [IDENTITY_HEADER]: token } });

  const paid = await step("order two of it → PENDING_PAYMENT", () => create(client, part));
  await step("pay by card → PAID", () => pay(client, paid));
  await step("read the order back → PAID or ASSEMBLED", () => expectStatus(client, paid, ["PAID", "ASSEMBLED"]));
  await step("paying again is refused → 409 ORDER_ALREADY_PAID", () => payAgain(client, paid));

  const dropped = await step("a second order → PENDING_PAYMENT", () => create(client, part));
  await step("cancel it → 204", () => cancel(client, dropped));
  await step("read it back → CANCELLED", () => expectStatus(client, dropped, ["CANCELLED"]));
  await step("its history tells every change", () => history(client, dropped, ["PENDING_PAYMENT", "CANCELLED"]));
  await step("both are in the list, the newest first", () => list(client, [dropped, paid]));
}

const finding = <T>(found: T, note: string): Finding<T> => ({ found, note });

function urlOf(system: DemoSystem, service: string): string {
  const url = system.urls[service];
  if (url === undefined) throw new Error(`the system has no ${service}`);
  return url;
}

async function takePart(system: DemoSystem, token: string): Promise<Finding<string>> {
  const transport = createConnectTransport({ baseUrl: urlOf(system, "inventory"), httpVersion: "1.1" });
  const { parts } = await createClient(InventoryService, transport).listParts(
    {},
    { headers: { [IDENTITY_HEADER]: token } },
  );
  const [part] = parts;
  if (part === undefined) throw new Error("the catalogue is empty");
  return finding(part.partUuid, `${parts.length} parts on the first page; ${part.name}`);
}

async function create(client: OrderClient, partUuid: string): Promise<Finding<string>> {
  const answer = await client.POST("/orders", {
    params: { header: { "Idempotency-Key": uuidv7() } },
    body: { items: [{ part_uuid: partUuid, quantity: 2 }] },
  });
  const order = bodyOf(answer);
  expectEqual("status", order.status, ["PENDING_PAYMENT"]);
  return finding(order.order_uuid, `${order.order_uuid}, ${price(order.total)}`);
}

async function pay(client: OrderClient, orderUuid: string): Promise<Finding<void>> {
  const answer = await client.POST("/orders/{order_uuid}/pay", {
    params: { path: { order_uuid: orderUuid }, header: { "Idempotency-Key": uuidv7() } },
    body: { payment_method: "CARD" },
  });
  const { order } = bodyOf(answer);
  expectEqual("status", order.status, ["PAID", "ASSEMBLED"]);
  return finding(undefined, `transaction ${order.transaction_uuid}`);
}

async function payAgain(client: OrderClient, orderUuid: string): Promise<Finding<void>> {
  const { response, error } = await client.POST("/orders/{order_uuid}/pay", {
    params: { path: { order_uuid: orderUuid }, header: { "Idempotency-Key": uuidv7() } },
    body: { payment_method: "CARD" },
  });
  expectEqual("HTTP status", String(response.status), ["409"]);
  expectEqual("code", error?.code ?? "", ["ORDER_ALREADY_PAID"]);
  return finding(undefined, error?.message ?? "");
}

async function cancel(client: OrderClient, orderUuid: string): Promise<Finding<void>> {
  const path = { order_uuid: orderUuid };
  const { response } = await client.POST("/orders/{order_uuid}/cancel", { params: { path } });
  expectEqual("HTTP status", String(response.status), ["204"]);
  return finding(undefined, "");
}

async function expectStatus(
  client: OrderClient,
  orderUuid: string,
  allowed: readonly string[],
): Promise<Finding<void>> {
  const order = bodyOf(await client.GET("/orders/{order_uuid}", { params: { path: { order_uuid: orderUuid } } }));
  expectEqual("status", order.status, allowed);
  return finding(undefined, `${order.status}, version ${order.version}`);
}

async function history(client: OrderClient, orderUuid: string, states: readonly string[]): Promise<Finding<void>> {
  const path = { order_uuid: orderUuid };
  const { entries } = bodyOf(await client.GET("/orders/{order_uuid}/history", { params: { path } }));
  const passed = entries.map(({ to }) => to);
  for (const state of states) expectEqual("history", passed.find((status) => status === state) ?? "", [state]);
  return finding(undefined, passed.join(" → "));
}

async function list(client: OrderClient, wanted: readonly string[]): Promise<Finding<void>> {
  const { orders } = bodyOf(await client.GET("/orders"));
  expectEqual("orders", orders.map(({ order_uuid }) => order_uuid).join(", "), [wanted.join(", ")]);
  return finding(undefined, `${orders.length} orders`);
}

/** The body of a success; a problem of the contract becomes an error that names its code. */
function bodyOf<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data !== undefined) return data;
  throw new Error(`HTTP ${response.status}: ${JSON.stringify(error)}`);
}

function expectEqual(what: string, actual: string, allowed: readonly string[]): void {
  if (!allowed.includes(actual)) throw new Error(`${what} is "${actual}", not ${allowed.join(" or ")}`);
}

const price = ({ minor, currency }: Money) => `${(minor / 100).toFixed(2)} ${currency}`;
