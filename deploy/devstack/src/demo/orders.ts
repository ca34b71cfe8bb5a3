import type { createOrderClient } from "@gantry/gen/openapi/order/client";
import type { components } from "@gantry/gen/openapi/order/types";
import { uuidv7 } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import type { Finding } from "./report.ts";

/** One customer's way to their orders. */
export type OrderClient = ReturnType<typeof createOrderClient>;

type Order = components["schemas"]["Order"];
type Money = components["schemas"]["Money"];
type PaymentMethod = components["schemas"]["PaymentMethod"];

/** How long a ship may take: ASSEMBLY_MAX_MS of its service, and a busy machine. */
const ASSEMBLED_WITHIN_MS = 45_000;
/** Longer than an order waits for money in the wallet. */
const PAID_WITHIN_MS = 30_000;

/** What a step found, and what to say about it. */
export const finding = <T>(found: T, note: string): Finding<T> => ({ found, note });

/** Orders two pieces of a part. */
export async function create(client: OrderClient, partUuid: string): Promise<Finding<Order>> {
  const answer = await client.POST("/orders", {
    params: { header: { "Idempotency-Key": uuidv7() } },
    body: { items: [{ part_uuid: partUuid, quantity: 2 }] },
  });
  const order = bodyOf(answer);
  expectEqual("status", order.status, ["PENDING_PAYMENT"]);
  return finding(order, `${order.order_uuid}, ${price(order.total)}`);
}

export async function payByCard(client: OrderClient, { order_uuid }: Order): Promise<Finding<void>> {
  const { order } = bodyOf(await requestPayment(client, order_uuid, "CARD"));
  expectEqual("status", order.status, ["PAID", "ASSEMBLED"]);
  return finding(undefined, `transaction ${order.transaction_uuid}`);
}

export async function payAgain(client: OrderClient, { order_uuid }: Order): Promise<Finding<void>> {
  const { response, error } = await requestPayment(client, order_uuid, "CARD");
  expectEqual("HTTP status", String(response.status), ["409"]);
  expectEqual("code", error?.code ?? "", ["ORDER_ALREADY_PAID"]);
  return finding(undefined, error?.message ?? "");
}

/** The wallet answers later: at once there is only the promise to ask it. */
export async function payByWallet(client: OrderClient, { order_uuid }: Order): Promise<Finding<void>> {
  const answer = await requestPayment(client, order_uuid, "WALLET");
  const { order } = bodyOf(answer);
  expectEqual("HTTP status", String(answer.response.status), ["202"]);
  expectEqual("status", order.status, ["PAYING"]);
  return finding(undefined, "nothing in it yet: the payment waits");
}

const requestPayment = (client: OrderClient, orderUuid: string, method: PaymentMethod) =>
  client.POST("/orders/{order_uuid}/pay", {
    params: { path: { order_uuid: orderUuid }, header: { "Idempotency-Key": uuidv7() } },
    body: { payment_method: method },
  });

export async function cancel(client: OrderClient, { order_uuid }: Order): Promise<Finding<void>> {
  const { response } = await client.POST("/orders/{order_uuid}/cancel", { params: { path: { order_uuid } } });
  expectEqual("HTTP status", String(response.status), ["204"]);
  return finding(undefined, "");
}

export async function expectStatus(
  client: OrderClient,
  { order_uuid }: Order,
  allowed: readonly string[],
): Promise<Finding<void>> {
  const { status, version } = await read(client, order_uuid);
  expectEqual("status", status, allowed);
  return finding(undefined, `${status}, version ${version}`);
}

/** Nobody asks for it: the events of payment and assembly do. */
export const untilPaid = (client: OrderClient, order: Order): Promise<Finding<void>> =>
  untilStatus(client, order, ["PAID", "ASSEMBLED"], PAID_WITHIN_MS);

export const untilAssembled = (client: OrderClient, order: Order): Promise<Finding<void>> =>
  untilStatus(client, order, ["ASSEMBLED"], ASSEMBLED_WITHIN_MS);

async function untilStatus(
  client: OrderClient,
  { order_uuid }: Order,
  allowed: readonly string[],
  withinMs: number,
): Promise<Finding<void>> {
  const startedAt = Date.now();
  const check = async () => expectEqual("status", (await read(client, order_uuid)).status, allowed);
  await eventually(check, { withinMs, everyMs: 250 });
  return finding(undefined, `after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

const read = async (client: OrderClient, orderUuid: string): Promise<Order> =>
  bodyOf(await client.GET("/orders/{order_uuid}", { params: { path: { order_uuid: orderUuid } } }));

export async function history(
  client: OrderClient,
  { order_uuid }: Order,
  states: readonly string[],
): Promise<Finding<void>> {
  const { entries } = bodyOf(await client.GET("/orders/{order_uuid}/history", { params: { path: { order_uuid } } }));
  const passed = entries.map(({ to }) => to);
  for (const state of states) expectEqual("history", passed.find((status) => status === state) ?? "", [state]);
  return finding(undefined, passed.join(" → "));
}

export async function list(client: OrderClient, wanted: readonly Order[]): Promise<Finding<void>> {
  const { orders } = bodyOf(await client.GET("/orders"));
  const uuids = (of: readonly Order[]) => of.map(({ order_uuid }) => order_uuid).join(", ");
  expectEqual("orders", uuids(orders), [uuids(wanted)]);
  return finding(undefined, `${orders.length} orders`);
}

/** The body of a success; a problem of the contract becomes an error that names its code. */
function bodyOf<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data !== undefined) return data;
  throw new Error(`HTTP ${response.status}: ${JSON.stringify(error)}`);
}

/** @throws Error naming both, unless the actual is one of the allowed */
export function expectEqual(what: string, actual: string, allowed: readonly string[]): void {
  if (!allowed.includes(actual)) throw new Error(`${what} is "${actual}", not ${allowed.join(" or ")}`);
}

const price = ({ minor, currency }: Money) => `${(minor / 100).toFixed(2)} ${currency}`;
