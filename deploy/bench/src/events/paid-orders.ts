import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { type EventRecord, uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";

export const codec = createEventCodec(events);

/** The first event of an order of its own: about 250 bytes with its headers. */
export const paidOrder = (orderUuid = uuidv7()): EventRecord =>
  codec.record(OrderPaidSchema, {
    orderUuid,
    userUuid: uuidv7(),
    version: 1,
    occurredAt: timestampFromDate(new Date()),
    paymentMethod: PaymentMethod.CARD,
    total: { minor: 2_500_000n, currency: "USD" },
    transactionUuid: uuidv7(),
  });

export const paidOrders = (count: number): readonly EventRecord[] => Array.from({ length: count }, () => paidOrder());

/** Neighbours in groups of at most `size`. */
export const inGroups = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, group) => items.slice(group * size, (group + 1) * size));
