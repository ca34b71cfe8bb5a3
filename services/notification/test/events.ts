import { timestampNow } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { ShipAssembledSchema } from "@gantry/gen/proto/gantry/assembly/v1/events_pb";
import {
  OrderAssembledSchema,
  OrderCreatedSchema,
  OrderPaidSchema,
  OrderPaymentRefusedSchema,
  OrderPaymentRequestedSchema,
} from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { PaymentFailureReason, PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { type EventRecord, type Uuid, uuidv7 } from "@gantry/kernel";
import { type Broker, createEventCodec, topicSpecs } from "@gantry/messaging";
import { eventually } from "@gantry/testing";
import { expect } from "vitest";

const codec = createEventCodec(events);
const consumed = ["order.events.v1", "assembly.events.v1"] as const;

/** The topics of this service. */
export const topics = topicSpecs(events, consumed);

const total = { minor: 7n, currency: "USD" };
const paymentMethod = PaymentMethod.CARD;
const about = (orderUuid: Uuid, version: number, userUuid = uuidv7()) => ({
  orderUuid,
  userUuid,
  version,
  occurredAt: timestampNow(),
});

const paid = (orderUuid: Uuid, version: number, userUuid?: Uuid): EventRecord =>
  codec.record(OrderPaidSchema, {
    ...about(orderUuid, version, userUuid),
    paymentMethod,
    total,
    transactionUuid: uuidv7(),
  });

/** An order whose first event is that it is paid. */
export const paidOnly = (orderUuid: Uuid, userUuid?: Uuid): EventRecord => paid(orderUuid, 1, userUuid);

/** All that happens to an order that is paid at the second try. */
export const lifeOf = (orderUuid: Uuid): readonly EventRecord[] => [
  codec.record(OrderCreatedSchema, {
    ...about(orderUuid, 1),
    total,
    items: [{ partUuid: uuidv7(), name: "<b>wing</b>", quantity: 1, unitPrice: total }],
  }),
  codec.record(OrderPaymentRequestedSchema, { ...about(orderUuid, 2), paymentMethod, total }),
  codec.record(OrderPaymentRefusedSchema, {
    ...about(orderUuid, 3),
    paymentMethod,
    reason: PaymentFailureReason.INSUFFICIENT_FUNDS,
  }),
  codec.record(OrderPaymentRequestedSchema, { ...about(orderUuid, 4), paymentMethod, total }),
  paid(orderUuid, 5),
  codec.record(OrderAssembledSchema, { ...about(orderUuid, 6), buildTimeSec: 7 }),
];

export const shipAssembled = (orderUuid: Uuid): EventRecord =>
  codec.record(ShipAssembledSchema, { ...about(orderUuid, 1), buildTimeSec: 7 });

export async function send(broker: Broker, ...records: readonly EventRecord[]): Promise<void> {
  const outcomes = await broker.send(records.map(codec.toMessage));
  expect(outcomes.filter(({ acked }) => !acked)).toEqual([]);
}

/** Resolves when the service has handled everything sent so far. */
export const untilHandled = ({ admin }: Broker): Promise<void> =>
  eventually(
    async () => {
      const lag = await admin.lag("notification", consumed);
      expect(lag.filter(({ committed, next }) => committed !== next)).toEqual([]);
    },
    { withinMs: 60_000 },
  );
