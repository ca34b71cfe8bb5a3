import { timestampNow } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import type { ShipAssembled } from "@gantry/gen/proto/gantry/assembly/v1/events_pb";
import { OrderCancelledSchema, OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { CancelReason } from "@gantry/gen/proto/gantry/order/v1/order_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { type EventRecord, type Uuid, uuidv7 } from "@gantry/kernel";
import { type Broker, createEventCodec, topicSpecs } from "@gantry/messaging";
import { eventually } from "@gantry/testing";
import { expect } from "vitest";

const codec = createEventCodec(events);

/** The topics of this service. */
export const topics = topicSpecs(events, ["order.events.v1", "assembly.events.v1"]);

const about = (orderUuid: Uuid) => ({ orderUuid, userUuid: uuidv7(), version: 1, occurredAt: timestampNow() });

export const orderPaid = (orderUuid: Uuid): EventRecord =>
  codec.record(OrderPaidSchema, {
    ...about(orderUuid),
    paymentMethod: PaymentMethod.CARD,
    total: { minor: 7n, currency: "USD" },
    transactionUuid: uuidv7(),
  });

export const orderCancelled = (orderUuid: Uuid): EventRecord =>
  codec.record(OrderCancelledSchema, { ...about(orderUuid), reason: CancelReason.REQUESTED });

export async function send(broker: Broker, ...records: readonly EventRecord[]): Promise<void> {
  const outcomes = await broker.send(records.map(codec.toMessage));
  expect(outcomes.filter(({ acked }) => !acked)).toEqual([]);
}

/** What stands in the topic of assembly. A relay that was killed may have told an event twice; then it is here once. */
export async function shipsPublished({ admin }: Broker): Promise<readonly ShipAssembled[]> {
  const ranges = await admin.ranges("assembly.events.v1");
  const messages = await Promise.all(
    ranges.map(({ partition, first }) => admin.read("assembly.events.v1", partition, first, 10_000)),
  );
  const byId = new Map<Uuid, ShipAssembled>();
  for (const message of messages.flat()) {
    const event = codec.decode(codec.toRecord(message));
    if (event.$typeName === "gantry.assembly.v1.ShipAssembled") byId.set(event.eventUuid, event);
  }
  return [...byId.values()];
}

/** Resolves when each of the orders has its ship, exactly one; gives up after two minutes. */
export const untilAssembled = (broker: Broker, orders: readonly Uuid[]): Promise<void> =>
  eventually(
    async () => {
      const ships = await shipsPublished(broker);
      expect(ships.map(({ orderUuid }) => orderUuid).toSorted()).toEqual(orders.toSorted());
    },
    { withinMs: 120_000, everyMs: 100 },
  );

/** Resolves when the service has handled everything sent so far. */
export const untilHandled = ({ admin }: Broker): Promise<void> =>
  eventually(async () => {
    const lag = await admin.lag("assembly", ["order.events.v1"]);
    expect(lag.filter(({ committed, next }) => committed !== next)).toEqual([]);
  });
