import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import {
  OrderAssembledSchema,
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderFailedSchema,
  OrderPaidSchema,
  OrderPaymentRefusedSchema,
  OrderPaymentRequestedSchema,
  OrderReservedSchema,
} from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { CancelReason, FailReason } from "@gantry/gen/proto/gantry/order/v1/order_pb";
import type { EventRecord } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import type { Change } from "../domain/change.ts";
import type { Decision, Draft } from "../domain/order.ts";
import type { Cause } from "../domain/transitions.ts";
import { failures, methods } from "./payment-enums.ts";

const codec = createEventCodec(events);

/** A change by its cause, and the order as far as no change touches it. */
type Told<C extends Cause> = Change<C> & Pick<Draft, "orderUuid" | "userUuid" | "items" | "total">;

/** Each cause has one event, so that the versions of an order in the topic have no gap. */
const recordOf: { readonly [C in Cause]: (told: Told<C>) => EventRecord } = {
  CREATED: (told) => codec.record(OrderCreatedSchema, { ...common(told), items: [...told.items], total: told.total }),
  STOCK_RESERVED: (told) => codec.record(OrderReservedSchema, { ...common(told), total: told.total }),
  OUT_OF_STOCK: (told) =>
    codec.record(OrderFailedSchema, {
      ...common(told),
      reason: FailReason.OUT_OF_STOCK,
      partUuids: [...told.partUuids],
    }),
  PAY_REQUESTED: (told) =>
    codec.record(OrderPaymentRequestedSchema, {
      ...common(told),
      paymentMethod: methods[told.paymentMethod],
      total: told.total,
    }),
  PAYMENT_CONFIRMED: (told) =>
    codec.record(OrderPaidSchema, {
      ...common(told),
      paymentMethod: methods[told.paymentMethod],
      total: told.total,
      transactionUuid: told.transactionUuid,
    }),
  PAYMENT_REFUSED: (told) =>
    codec.record(OrderPaymentRefusedSchema, {
      ...common(told),
      paymentMethod: methods[told.paymentMethod],
      reason: failures[told.paymentFailure],
    }),
  CANCEL_REQUESTED: (told) => codec.record(OrderCancelledSchema, { ...common(told), reason: CancelReason.REQUESTED }),
  UNPAID_TOO_LONG: (told) =>
    codec.record(OrderCancelledSchema, { ...common(told), reason: CancelReason.UNPAID_TOO_LONG }),
  SHIP_ASSEMBLED: (told) => codec.record(OrderAssembledSchema, { ...common(told), buildTimeSec: told.buildTimeSec }),
};

/** The events of a decision, in the order of their versions. */
export const eventsOf = ({ order, changes }: Decision<Draft>): readonly EventRecord[] =>
  changes.map((change) => eventOf(order, change));

function eventOf<C extends Cause>({ orderUuid, userUuid, items, total }: Draft, change: Change<C>): EventRecord {
  const cause: C = change.cause;
  return recordOf[cause]({ ...change, orderUuid, userUuid, items, total });
}

const common = ({ orderUuid, userUuid, version, occurredAt }: Change & Pick<Draft, "orderUuid" | "userUuid">) => ({
  orderUuid,
  userUuid,
  version,
  occurredAt: timestampFromDate(occurredAt),
});
