import { eventually } from "@gantry/testing";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aService, engineUuid, unreachable } from "./fixture.ts";

let service: Awaited<ReturnType<typeof aService>>;
let person: Awaited<ReturnType<typeof service.client>>;

beforeAll(async () => {
  service = await aService();
});
beforeEach(async () => {
  service.neighbours.broken = undefined;
  person = await service.client();
});

const at = (order_uuid: string) => ({ params: { path: { order_uuid } } });
const create = async (): Promise<string> => {
  const { data } = await person.POST("/orders", { body: { items: [{ part_uuid: engineUuid, quantity: 2 }] } });
  return data?.order_uuid ?? "";
};
const pay = (orderUuid: string) =>
  person.POST("/orders/{order_uuid}/pay", { ...at(orderUuid), body: { payment_method: "CARD" } });
const statusOf = async (orderUuid: string) => (await person.GET("/orders/{order_uuid}", at(orderUuid))).data?.status;

describe("the order service", () => {
  test("makes, pays and shows an order over its port", async () => {
    const orderUuid = await create();
    const paid = await pay(orderUuid);
    expect(paid.data?.order).toMatchObject({
      order_uuid: orderUuid,
      status: "PAID",
      total: { minor: 2_500_000, currency: "USD" },
    });
    expect(paid.data).toMatchObject({ transaction_uuid: service.neighbours.decisions.get(orderUuid) });
    const list = await person.GET("/orders", { params: { query: { status: ["PAID"] } } });
    expect(list.data?.orders.map((order) => order.order_uuid)).toEqual([orderUuid]);
    const history = await person.GET("/orders/{order_uuid}/history", at(orderUuid));
    expect(history.data?.entries.map(({ to }) => to)).toEqual(["PENDING_PAYMENT", "PAYING", "PAID"]);
  });

  test("cancels an order of which payment decided that it is void", async () => {
    const orderUuid = await create();
    service.neighbours.decisions.set(orderUuid, "VOID");
    expect((await pay(orderUuid)).error?.code).toBe("ORDER_CANCELLED");
    expect(await statusOf(orderUuid)).toBe("CANCELLED");
  });

  test("names a part that inventory does not have", async () => {
    const missing = crypto.randomUUID();
    const { error } = await person.POST("/orders", { body: { part_uuids: [engineUuid, missing] } });
    expect(error).toMatchObject({ code: "UNKNOWN_PART", details: { part_uuids: missing } });
  });

  test("says that inventory is unavailable in its own words", async () => {
    service.neighbours.broken = unreachable();
    const { error, response } = await person.POST("/orders", { body: { part_uuids: [engineUuid] } });
    expect(error?.code).toBe("INVENTORY_UNAVAILABLE");
    expect(response.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("finishes by itself a payment whose answer was lost", async () => {
    const orderUuid = await create();
    service.neighbours.broken = unreachable();
    expect((await pay(orderUuid)).error?.code).toBe("PAYMENT_UNAVAILABLE");
    expect(await statusOf(orderUuid)).toBe("PAYING");
    service.neighbours.broken = undefined;
    await eventually(async () => (await statusOf(orderUuid)) === "PAID");
  });

  test("cancels a PAYING order when payment never decided, and not when it charged", async () => {
    const [undecided, charged] = [await create(), await create()];
    service.neighbours.broken = unreachable();
    await Promise.all([pay(undecided), pay(charged)]);
    service.neighbours.decisions.set(undecided, "VOID");
    service.neighbours.broken = undefined;
    const answers = await Promise.all(
      [undecided, charged].map((orderUuid) => person.POST("/orders/{order_uuid}/cancel", at(orderUuid))),
    );
    expect(answers.map(({ response }) => response.status)).toEqual([204, 409]);
    expect([await statusOf(undecided), await statusOf(charged)]).toEqual(["CANCELLED", "PAID"]);
  });
});
