import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { MoneySchema } from "@gantry/gen/proto/gantry/common/v1/money_pb";
import { OrderCancelledSchema, OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { CancelReason } from "@gantry/gen/proto/gantry/order/v1/order_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { type EventRecord, uuidv7 } from "@gantry/kernel";
import { createEventCodec, type InboundMessage, type OutboundMessage } from "../src/index.ts";

export const codec = createEventCodec(events);
export const ORDERS = "order.events.v1";

/** What a payment of an order says. */
export const payment = (
  init: MessageInitShape<typeof OrderPaidSchema> = {},
): MessageInitShape<typeof OrderPaidSchema> => ({
  orderUuid: uuidv7(),
  userUuid: uuidv7(),
  version: 1,
  occurredAt: timestampFromDate(new Date()),
  paymentMethod: PaymentMethod.CARD,
  total: create(MoneySchema, { minor: 100n, currency: "USD" }),
  transactionUuid: uuidv7(),
  ...init,
});

/** A payment of an order, as it is published. */
export const orderPaid = (init: MessageInitShape<typeof OrderPaidSchema> = {}): EventRecord =>
  codec.record(OrderPaidSchema, payment(init));

/** A cancellation of an order, as it is published. */
export const orderCancelled = (init: MessageInitShape<typeof OrderCancelledSchema> = {}): EventRecord =>
  codec.record(OrderCancelledSchema, {
    orderUuid: uuidv7(),
    userUuid: uuidv7(),
    version: 1,
    occurredAt: timestampFromDate(new Date()),
    reason: CancelReason.REQUESTED,
    ...init,
  });

/** A message as a broker delivers it. */
export const delivered = (message: OutboundMessage, more: Partial<InboundMessage> = {}): InboundMessage => ({
  ...message,
  partition: 0,
  offset: 0n,
  sentAt: new Date(),
  ...more,
});
