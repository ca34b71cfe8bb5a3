import { eventually } from "@gantry/testing";
import { beforeAll, expect, test } from "vitest";
import { aService, engineUuid, unreachable } from "./fixture.ts";

let service: Awaited<ReturnType<typeof aService>>;
let person: Awaited<ReturnType<typeof service.client>>;

beforeAll(async () => {
  service = await aService({ ORDER_PAYMENT_TIMEOUT_MS: "400", ORDER_PAYMENT_GRACE_MS: "100" });
  person = await service.client();
});

const at = (order_uuid: string) => ({ params: { path: { order_uuid } } });
const create = async (pay_with?: "WALLET") => {
  const { data } = await person.POST("/orders", { body: { part_uuids: [engineUuid], ...(pay_with && { pay_with }) } });
  if (data === undefined) throw new Error("no order");
  return data;
};
const pay = (orderUuid: string) =>
  person.POST("/orders/{order_uuid}/pay", { ...at(orderUuid), body: { payment_method: "CARD" } });
const reaches = (orderUuid: string, status: string) =>
  eventually(async () => (await person.GET("/orders/{order_uuid}", at(orderUuid))).data?.status === status);

test("an order that nobody pays is cancelled by itself and cannot be paid any more", async () => {
  const { order_uuid: orderUuid, created_at, expires_at } = await create();
  expect(Date.parse(expires_at ?? "") - Date.parse(created_at)).toBeGreaterThanOrEqual(399);
  await reaches(orderUuid, "CANCELLED");
  const { data } = await person.GET("/orders/{order_uuid}/history", at(orderUuid));
  expect(data?.entries.map(({ cause }) => cause)).toEqual(["CREATED", "UNPAID_TOO_LONG"]);
  const { response, error } = await pay(orderUuid);
  expect([response.status, error?.code]).toEqual([409, "ORDER_EXPIRED"]);
  expect(await eventually(() => told(orderUuid))).toBe(true);
});

test("a payment by wallet that nobody answers ends at the deadline as payment decides", async () => {
  const [unanswered, charged] = await Promise.all([create("WALLET"), create("WALLET")]);
  service.neighbours.decisions.set(charged.order_uuid, crypto.randomUUID());
  await Promise.all([reaches(unanswered.order_uuid, "CANCELLED"), reaches(charged.order_uuid, "PAID")]);
  expect(service.neighbours.decisions.get(unanswered.order_uuid)).toBe("VOID");
});

test("an order stays PAYING behind its deadline while payment cannot be asked", async () => {
  const { order_uuid: orderUuid } = await create("WALLET");
  service.neighbours.broken = unreachable();
  await eventually(() => service.lines.some((line) => line.includes(orderUuid) && line.includes("could not finish")));
  expect((await person.GET("/orders/{order_uuid}", at(orderUuid))).data?.status).toBe("PAYING");
  service.neighbours.broken = undefined;
  await reaches(orderUuid, "CANCELLED");
});

/** Whether the broker has the order's cancellation, with the reason UNPAID_TOO_LONG. */
async function told(orderUuid: string): Promise<boolean> {
  const { admin } = service.broker;
  const ranges = await admin.ranges("order.events.v1");
  const messages = await Promise.all(
    ranges.map(({ partition }) => admin.read("order.events.v1", partition, 0n, 10_000)),
  );
  return messages
    .flat()
    .some(({ key, headers }) => key === orderUuid && headers.type === "gantry.order.v1.OrderCancelled");
}
