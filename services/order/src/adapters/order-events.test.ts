import { events } from "@gantry/gen/events/registry";
import { uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { describe, expect, test } from "vitest";
import { anOrder } from "../../test/builders.ts";
import type { Change } from "../domain/change.ts";
import type { Cause } from "../domain/transitions.ts";
import { eventsOf } from "./order-events.ts";

const occurredAt = new Date("2026-11-02T10:01:00.250Z");
const transactionUuid = uuidv7();
const [partUuid] = [uuidv7()];
const at = { version: 3, to: "PAID", occurredAt } as const;

/** A change for every cause, with its event and what that tells besides what every event tells. */
const told: { readonly [C in Cause]: readonly [Change<C>, string, object] } = {
  CREATED: [{ ...at, cause: "CREATED" }, "OrderCreated", { total: { minor: 1_250_000n, currency: "USD" } }],
  STOCK_RESERVED: [{ ...at, cause: "STOCK_RESERVED" }, "OrderReserved", { total: { minor: 1_250_000n } }],
  OUT_OF_STOCK: [{ ...at, cause: "OUT_OF_STOCK", partUuids: [partUuid] }, "OrderFailed", { partUuids: [partUuid] }],
  PAY_REQUESTED: [
    { ...at, cause: "PAY_REQUESTED", paymentMethod: "WALLET" },
    "OrderPaymentRequested",
    { paymentMethod: 5, total: { minor: 1_250_000n, currency: "USD" } },
  ],
  PAYMENT_CONFIRMED: [
    { ...at, cause: "PAYMENT_CONFIRMED", paymentMethod: "CARD", transactionUuid },
    "OrderPaid",
    { paymentMethod: 1, total: { minor: 1_250_000n, currency: "USD" }, transactionUuid },
  ],
  PAYMENT_REFUSED: [
    { ...at, cause: "PAYMENT_REFUSED", paymentMethod: "WALLET", paymentFailure: "INSUFFICIENT_FUNDS" },
    "OrderPaymentRefused",
    { paymentMethod: 5, reason: 1 },
  ],
  CANCEL_REQUESTED: [{ ...at, cause: "CANCEL_REQUESTED" }, "OrderCancelled", { reason: 1 }],
  UNPAID_TOO_LONG: [{ ...at, cause: "UNPAID_TOO_LONG" }, "OrderCancelled", { reason: 2 }],
  SHIP_ASSEMBLED: [{ ...at, cause: "SHIP_ASSEMBLED", buildTimeSec: 7 }, "OrderAssembled", { buildTimeSec: 7 }],
};

describe("the event of a change", () => {
  const codec = createEventCodec(events);

  test.each(Object.entries(told))(
    "by %s tells the order, its version and what there is to tell",
    (_cause, expected) => {
      const [change, name, facts] = expected;
      const order = anOrder();
      const [record, ...more] = eventsOf({ order, changes: [change] });
      expect(more).toEqual([]);
      expect(record).toMatchObject({
        type: `gantry.order.v1.${name}`,
        topic: "order.events.v1",
        key: order.orderUuid,
        version: 3,
      });
      const { orderUuid, userUuid } = order;
      const instant = { seconds: BigInt(Math.floor(occurredAt.getTime() / 1000)), nanos: 250_000_000 };
      expect(record && codec.decode(record)).toMatchObject({
        ...facts,
        orderUuid,
        userUuid,
        version: 3,
        occurredAt: instant,
      });
    },
  );

  test("of a new order tells its lines", () => {
    const order = anOrder();
    const [record] = eventsOf({ order, changes: [told.CREATED[0]] });
    expect(record && codec.decode(record)).toMatchObject({
      items: order.items.map(({ partUuid, name, quantity, unitPrice }) => ({ partUuid, name, quantity, unitPrice })),
    });
  });

  test("has an id of its own each time", () => {
    const changes = [told.CREATED[0], { ...told.CANCEL_REQUESTED[0], version: 4 }];
    const records = eventsOf({ order: anOrder(), changes });
    expect(new Set(records.map(({ eventId }) => eventId)).size).toBe(2);
    expect(records.map(({ version }) => version)).toEqual([3, 4]);
  });
});
