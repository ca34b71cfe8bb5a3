import type { events } from "@gantry/gen/events/registry";
import { PaymentFailureReason as Reason } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import type { EventHandlers, HandlerContext } from "@gantry/messaging";
import { applyAssembly, applyPayment } from "../app/apply-events.ts";
import type { EventScope } from "../app/ports.ts";
import type { PaymentFailure } from "../domain/change.ts";

/** What this service does with the events of others: map in, one call. */
export const eventHandlers = <DB>(
  scopeOf: (context: HandlerContext<DB>) => EventScope,
): EventHandlers<typeof events, DB> => ({
  "payment.events.v1": {
    "gantry.payment.v1.PaymentCompleted": ({ orderUuid, orderVersion, transactionUuid }, context) =>
      applyPayment(scopeOf(context), { orderUuid, orderVersion, transactionUuid }),
    "gantry.payment.v1.PaymentFailed": ({ orderUuid, orderVersion, reason }, context) =>
      applyPayment(scopeOf(context), { orderUuid, orderVersion, failure: failureOf(reason) }),
  },
  "assembly.events.v1": {
    "gantry.assembly.v1.ShipAssembled": ({ orderUuid, buildTimeSec }, context) =>
      applyAssembly(scopeOf(context), orderUuid, buildTimeSec),
  },
});

/** A reason that a later version of payment has and this one does not is a refusal all the same. */
function failureOf(reason: Reason): PaymentFailure | "VOIDED" {
  switch (reason) {
    case Reason.VOIDED:
      return "VOIDED";
    case Reason.INSUFFICIENT_FUNDS:
      return "INSUFFICIENT_FUNDS";
    case Reason.CURRENCY_MISMATCH:
      return "CURRENCY_MISMATCH";
    default:
      return "REFUSED";
  }
}
