import { timestampNow } from "@bufbuild/protobuf/wkt";
import { OrderCancelledSchema, OrderPaymentRequestedSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { CancelReason } from "@gantry/gen/proto/gantry/order/v1/order_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { EntryKind } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { type EventRecord, type Uuid, uuidv7 } from "@gantry/kernel";
import { startServerSpan, startTelemetry } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { afterAll, describe, expect, test } from "vitest";
import { usd } from "./builders.ts";
import { clientsAs } from "./clients.ts";
import { openDatabase } from "./database.ts";
import { aService } from "./fixture.ts";
import { aReader, codec } from "./wallets.ts";

const telemetry = startTelemetry({ service: "payment" });
afterAll(() => telemetry.shutdown());

const service = await aService();
const { broker, identity, url } = service;
const database = openDatabase(service.postgresUrl);
const { audit } = aReader(database);
const asOrder = clientsAs(url, () => identity.service("order", "payment")).payments;

interface Asked {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly version: number;
}

const anOrder = (facts: Partial<Asked> = {}): Asked => ({
  orderUuid: uuidv7(),
  userUuid: uuidv7(),
  version: 1,
  ...facts,
});

/** What the order service tells. Its earlier events are not needed: here an order begins with its payment. */
const asks = ({ orderUuid, userUuid, version }: Asked, paymentMethod: PaymentMethod = PaymentMethod.WALLET) =>
  codec.record(OrderPaymentRequestedSchema, {
    orderUuid,
    userUuid,
    version,
    occurredAt: timestampNow(),
    paymentMethod,
    total: usd(40n),
  });

const send = async (...records: readonly EventRecord[]): Promise<void> => {
  for (const outcome of await broker.send(records.map(codec.toMessage))) expect(outcome).toEqual({ acked: true });
};

const walletOf = (userUuid: Uuid) => clientsAs(url, () => identity.user(userUuid)).wallet;
const topUp = (userUuid: Uuid, minor: bigint) =>
  walletOf(userUuid).topUp({ amount: usd(minor), idempotencyKey: uuidv7() });
const balanceOf = async (userUuid: Uuid) => (await walletOf(userUuid).getAccount({})).account?.balance?.minor;

/** The request is there and was looked at: it waits for its time. */
const waits = ({ orderUuid }: Asked) =>
  eventually(async () => {
    const query = database.db.selectFrom("wallet_request").select("state").where("order_uuid", "=", orderUuid);
    const row = await query.whereRef("attend_at", "=", "due_at").executeTakeFirst();
    return row?.state === "WAITING";
  });

/** What payment has told about an order, in order. */
async function told(orderUuid: Uuid) {
  const ranges = await broker.admin.ranges("payment.events.v1");
  const messages = await Promise.all(
    ranges.map(({ partition }) => broker.admin.read("payment.events.v1", partition, 0n, 10_000)),
  );
  return messages.flat().filter(({ key }) => key === orderUuid);
}

/** The first that payment tells about an order; it may take its time. */
async function answer(orderUuid: Uuid) {
  const [message] = await eventually(async () => {
    const messages = await told(orderUuid);
    if (messages.length === 0) throw new Error("nothing told yet");
    return messages;
  });
  if (message === undefined) throw new Error("nothing told");
  return codec.decode(codec.toRecord(message));
}

describe("an order that asks for the wallet's money", () => {
  test("is answered with the payment, which its person finds in their entries", async () => {
    const order = anOrder();
    await topUp(order.userUuid, 100n);
    await send(asks(order));
    const event = await answer(order.orderUuid);
    expect(event).toMatchObject({
      $typeName: "gantry.payment.v1.PaymentCompleted",
      paymentMethod: PaymentMethod.WALLET,
      orderVersion: 1,
      version: 1,
      amount: usd(40n),
    });
    const { entries } = await walletOf(order.userUuid).listEntries({});
    expect(entries[0]).toMatchObject({
      kind: EntryKind.PAYMENT,
      entryUuid: Reflect.get(event, "transactionUuid"),
      orderUuid: order.orderUuid,
      amount: usd(40n),
      balance: usd(60n),
      version: 2,
    });
    const { payment } = await clientsAs(url, () => identity.user(order.userUuid)).payments.getPayment(order);
    expect(payment).toMatchObject({ paymentMethod: PaymentMethod.WALLET, transactionUuid: entries[0]?.entryUuid });
    const lines = service.logged("order paid").filter(({ order_uuid }) => order_uuid === order.orderUuid);
    expect(lines).toMatchObject([{ payment_method: "WALLET", amount_minor: "40" }]);
  });

  test("is paid as soon as a top-up comes while it waits", async () => {
    const order = anOrder();
    await send(asks(order));
    await waits(order);
    await topUp(order.userUuid, 40n);
    expect(await answer(order.orderUuid)).toMatchObject({ $typeName: "gantry.payment.v1.PaymentCompleted" });
    expect(await balanceOf(order.userUuid)).toBe(0n);
  });

  test("is told that it was voided, when it was while it waited", async () => {
    const order = anOrder();
    await send(asks(order));
    await waits(order);
    await asOrder.voidPayment(order);
    expect(await answer(order.orderUuid)).toMatchObject({ $typeName: "gantry.payment.v1.PaymentFailed", reason: 3 });
  });

  test("is told of the card that has paid it meanwhile, and the wallet stays as it is", async () => {
    const order = anOrder();
    await send(asks(order));
    await waits(order);
    const card = { ...order, paymentMethod: PaymentMethod.CARD, amount: usd(40n) };
    const { transactionUuid } = await asOrder.payOrder(card);
    await topUp(order.userUuid, 40n);
    expect(await answer(order.orderUuid)).toMatchObject({ paymentMethod: PaymentMethod.CARD, transactionUuid });
    expect(await balanceOf(order.userUuid)).toBe(40n);
  });

  test("by events that come three times, is charged once and answered once", async () => {
    const order = anOrder();
    await topUp(order.userUuid, 200n);
    const asked = asks(order);
    await send(asked, asked);
    await answer(order.orderUuid);
    await send(asked);
    const witness = anOrder({ userUuid: order.userUuid });
    await send(asks(witness));
    await answer(witness.orderUuid);
    expect(await told(order.orderUuid)).toHaveLength(1);
    expect(await balanceOf(order.userUuid)).toBe(120n);
  });

  test("is answered in the trace in which it asked", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const order = anOrder();
    await topUp(order.userUuid, 40n);
    const span = startServerSpan("POST /orders", { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    const asked = span.run(() => asks(order));
    span.end();
    await send(asked);
    await answer(order.orderUuid);
    expect((await told(order.orderUuid))[0]?.headers.traceparent).toContain(traceId);
  });

  test("may have other things happen to it: those are not answered", async () => {
    const order = anOrder();
    const { orderUuid, userUuid } = order;
    await topUp(userUuid, 100n);
    const cancelled = { orderUuid, userUuid, version: 2, occurredAt: timestampNow(), reason: CancelReason.REQUESTED };
    await send(asks(order, PaymentMethod.CARD), codec.record(OrderCancelledSchema, cancelled));
    await send(asks({ ...order, version: 3 }));
    expect(await answer(orderUuid)).toMatchObject({ orderVersion: 3, version: 1 });
    expect(await balanceOf(userUuid)).toBe(60n);
  });
});

test("what waits no longer than the setting says fails then", async () => {
  const hasty = await aService({ PAYMENT_WALLET_WAIT_MS: "50" });
  const order = anOrder();
  await hasty.broker.send([codec.toMessage(asks(order))]);
  await eventually(() => hasty.logged("wallet payment failed").length === 1);
  expect(hasty.logged("wallet payment failed")).toMatchObject([
    { order_uuid: order.orderUuid, reason: "INSUFFICIENT_FUNDS" },
  ]);
});

test("after all of it money, decisions, requests and events agree", async () => {
  await eventually(async () => (await broker.admin.lag("payment", ["order.events.v1"])).every(caughtUp));
  await audit();
});

const caughtUp = ({ committed, next }: { readonly committed: bigint; readonly next: bigint }) => committed === next;
