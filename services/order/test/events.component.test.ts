import { timestampNow } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { ShipAssembledSchema } from "@gantry/gen/proto/gantry/assembly/v1/events_pb";
import { PaymentCompletedSchema, PaymentFailedSchema } from "@gantry/gen/proto/gantry/payment/v1/events_pb";
import { PaymentFailureReason, PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { type EventRecord, uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { eventually } from "@gantry/testing";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { aService, engineUuid } from "./fixture.ts";

const codec = createEventCodec(events);
const price = { minor: 1_250_000n, currency: "USD" };

let service: Awaited<ReturnType<typeof aService>>;
let drilled: typeof service;
let person: Awaited<ReturnType<typeof service.client>>;

beforeAll(async () => {
  service = await aService();
  drilled = await aService({ FP: "consumer.after_tx:error:1" });
  person = await service.client();
});

const at = (order_uuid: string) => ({ params: { path: { order_uuid } } });
const order = async (orderUuid: string) => (await person.GET("/orders/{order_uuid}", at(orderUuid))).data;
const history = async (orderUuid: string) =>
  (await person.GET("/orders/{order_uuid}/history", at(orderUuid))).data?.entries ?? [];
const reaches = (orderUuid: string, status: string) =>
  eventually(async () => (await order(orderUuid))?.status === status);

const payByWallet = (orderUuid: string, key = uuidv7()) =>
  person.POST("/orders/{order_uuid}/pay", {
    params: { path: { order_uuid: orderUuid }, header: { "Idempotency-Key": key } },
    body: { payment_method: "WALLET" },
  });
const create = async (pay_with?: "WALLET"): Promise<string> => {
  const body = { part_uuids: [engineUuid], ...(pay_with && { pay_with }) };
  return (await person.POST("/orders", { body })).data?.order_uuid ?? "";
};

/** What payment and assembly would say. Their versions count their own events of an order. */
const versions = new Map<string, number>();
const common = (topic: string, orderUuid: string) => {
  const version = (versions.get(`${topic} ${orderUuid}`) ?? 0) + 1;
  versions.set(`${topic} ${orderUuid}`, version);
  return { orderUuid, userUuid: uuidv7(), version, occurredAt: timestampNow() };
};
const asked = (orderVersion: number) => ({ orderVersion, paymentMethod: PaymentMethod.WALLET, amount: price });
const completed = (orderUuid: string, orderVersion: number, transactionUuid = uuidv7()) =>
  codec.record(PaymentCompletedSchema, { ...common("payment", orderUuid), ...asked(orderVersion), transactionUuid });
const failed = (
  orderUuid: string,
  orderVersion: number,
  reason: PaymentFailureReason = PaymentFailureReason.INSUFFICIENT_FUNDS,
) => codec.record(PaymentFailedSchema, { ...common("payment", orderUuid), ...asked(orderVersion), reason });
const assembled = (orderUuid: string) =>
  codec.record(ShipAssembledSchema, { ...common("assembly", orderUuid), buildTimeSec: 7 });
const send = (...records: readonly EventRecord[]) => service.broker.send(records.map(codec.toMessage));

/** Everything sent so far has been handled. */
const settled = () =>
  eventually(async () => {
    const lag = await service.broker.admin.lag("order", ["payment.events.v1", "assembly.events.v1"]);
    return lag.every(({ committed, next }) => committed === next);
  });

/** The events of an order in its topic, in the order in which they stand there. */
async function published(orderUuid: string): Promise<readonly ReturnType<typeof codec.decode>[]> {
  const { admin } = service.broker;
  const all = await Promise.all(
    (await admin.ranges("order.events.v1")).map(({ partition, first }) =>
      admin.read("order.events.v1", partition, first, 10_000),
    ),
  );
  const own = all.flat().filter(({ key }) => key === orderUuid);
  return own.map((message) => codec.decode(codec.toRecord(message)));
}

const publishes = (orderUuid: string, ...names: readonly string[]) =>
  eventually(async () => {
    const seen = await published(orderUuid);
    expect(seen.map((event) => `${event.version} ${event.$typeName.split(".").at(-1)}`)).toEqual(
      names.map((name, index) => `${index + 1} ${name}`),
    );
    return true;
  });

describe("an order and its events", () => {
  test("is paid by wallet and assembled by what others say, and tells each step once", async () => {
    const orderUuid = await create();
    const begun = await payByWallet(orderUuid);
    expect(begun.response.status).toBe(202);
    expect(begun.data).toMatchObject({ order: { status: "PAYING", payment_method: "WALLET", version: 2 } });
    const transactionUuid = uuidv7();
    await send(completed(orderUuid, 2, transactionUuid));
    await reaches(orderUuid, "PAID");
    await send(assembled(orderUuid));
    await reaches(orderUuid, "ASSEMBLED");
    expect(await order(orderUuid)).toMatchObject({ transaction_uuid: transactionUuid, version: 4 });
    await publishes(orderUuid, "OrderCreated", "OrderPaymentRequested", "OrderPaid", "OrderAssembled");
  });

  test("is made and paid in one call", async () => {
    const orderUuid = await create("WALLET");
    expect(await order(orderUuid)).toMatchObject({ status: "PAYING", payment_method: "WALLET", version: 2 });
    await publishes(orderUuid, "OrderCreated", "OrderPaymentRequested");
    await send(completed(orderUuid, 2));
    await reaches(orderUuid, "PAID");
  });

  test("is the same order for a repeat of the call, and none for another one with its key", async () => {
    const header = { "Idempotency-Key": uuidv7() };
    const send = (pay_with?: "WALLET") =>
      person.POST("/orders", {
        params: { header },
        body: { part_uuids: [engineUuid], ...(pay_with && { pay_with }) },
      });
    const [first, repeat, other] = [await send("WALLET"), await send("WALLET"), await send()];
    expect(repeat.data).toEqual(first.data);
    expect(repeat.data).toMatchObject({ status: "PAYING", payment_method: "WALLET" });
    expect(repeat.response.headers.get("idempotency-replayed")).toBe("true");
    expect([other.response.status, other.error?.code]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
  });

  test("waits to be paid again after a refusal and says why, also in its history", async () => {
    const orderUuid = await create();
    const key = uuidv7();
    await payByWallet(orderUuid, key);
    await send(failed(orderUuid, 2));
    await reaches(orderUuid, "PENDING_PAYMENT");
    expect(await order(orderUuid)).toMatchObject({ payment_failure: "INSUFFICIENT_FUNDS", version: 3 });
    expect((await history(orderUuid)).at(-1)).toMatchObject({
      cause: "PAYMENT_REFUSED",
      payment_failure: "INSUFFICIENT_FUNDS",
    });
    const again = await payByWallet(orderUuid, key);
    expect(again.data?.order).toMatchObject({ status: "PAYING", version: 4 });
    expect(again.data?.order).not.toHaveProperty("payment_failure");
    await send(completed(orderUuid, 4));
    await reaches(orderUuid, "PAID");
    const repeated = await payByWallet(orderUuid, key);
    expect(repeated.response.status).toBe(200);
    expect(repeated.response.headers.get("idempotency-replayed")).toBe("true");
  });

  test.each([
    [PaymentFailureReason.CURRENCY_MISMATCH, "CURRENCY_MISMATCH"],
    [PaymentFailureReason.REFUSED, "REFUSED"],
    [99 as PaymentFailureReason, "REFUSED"],
  ])("says why it was refused: %s is %s", async (reason, failure) => {
    const orderUuid = await create("WALLET");
    await send(failed(orderUuid, 2, reason));
    await reaches(orderUuid, "PENDING_PAYMENT");
    expect((await order(orderUuid))?.payment_failure).toBe(failure);
  });

  test("is cancelled when payment has voided it", async () => {
    const orderUuid = await create("WALLET");
    await send(failed(orderUuid, 2, PaymentFailureReason.VOIDED));
    await reaches(orderUuid, "CANCELLED");
    await publishes(orderUuid, "OrderCreated", "OrderPaymentRequested", "OrderCancelled");
  });

  test("changes once however often it is told", async () => {
    const orderUuid = await create("WALLET");
    const answer = completed(orderUuid, 2);
    await send(answer, answer, answer);
    await reaches(orderUuid, "PAID");
    const ship = assembled(orderUuid);
    await send(ship, answer, ship);
    await reaches(orderUuid, "ASSEMBLED");
    await settled();
    expect(await history(orderUuid)).toHaveLength(4);
    await publishes(orderUuid, "OrderCreated", "OrderPaymentRequested", "OrderPaid", "OrderAssembled");
  });

  test("is not changed by an answer to another try", async () => {
    const orderUuid = await create("WALLET");
    await send(failed(orderUuid, 1), failed(orderUuid, 3));
    await settled();
    expect(await order(orderUuid)).toMatchObject({ status: "PAYING", version: 2 });
  });

  test("that is cancelled takes neither money nor a ship: both are kept and alarmed", async () => {
    const orderUuid = await create("WALLET");
    expect((await person.POST("/orders/{order_uuid}/cancel", at(orderUuid))).response.status).toBe(204);
    const [money, ship] = [completed(orderUuid, 2), assembled(orderUuid)];
    await send(money, ship, money, ship);
    await settled();
    expect(await order(orderUuid)).toMatchObject({ status: "CANCELLED", version: 3 });
    const kept = await service.db
      .selectFrom("rejected_event")
      .selectAll()
      .where("order_uuid", "=", orderUuid)
      .execute();
    expect(kept.map(({ event_id }) => event_id).toSorted()).toEqual([money.eventId, ship.eventId].toSorted());
    expect(kept).toMatchObject([{ order_status: "CANCELLED" }, { order_status: "CANCELLED" }]);
    const alarms = service.lines.filter((line) => line.includes("cannot take it") && line.includes(orderUuid));
    expect(alarms.map((line) => JSON.parse(line).level)).toEqual(["error", "error"]);
  });
});

test("money and ships of orders that nobody knows are kept and alarmed, and hold up no other order", async () => {
  const [unknown, known] = [uuidv7(), await create("WALLET")];
  await send(completed(unknown, 2), assembled(unknown), failed(unknown, 4), completed(known, 2));
  await reaches(known, "PAID");
  await settled();
  const kept = await service.db.selectFrom("rejected_event").selectAll().where("order_uuid", "=", unknown).execute();
  expect(kept).toMatchObject([{ order_status: null }, { order_status: null }]);
});

test("an event whose batch was committed and comes again has one effect", async () => {
  const stderr = vi.spyOn(process.stderr, "write");
  service = drilled;
  person = await service.client();
  const orderUuid = await create("WALLET");
  await send(completed(orderUuid, 2));
  await settled();
  expect(stderr).toHaveBeenCalledWith("failpoint fired: consumer.after_tx error\n");
  expect(await history(orderUuid)).toHaveLength(3);
});
