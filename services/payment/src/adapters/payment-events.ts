import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { events } from "@gantry/gen/events/registry";
import { PaymentCompletedSchema, PaymentFailedSchema } from "@gantry/gen/proto/gantry/payment/v1/events_pb";
import { PaymentFailureReason, PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import type { EventRecord } from "@gantry/kernel";
import type { EventCodec } from "@gantry/messaging";
import type { FailureReason, Settlement, WalletRequest } from "../domain/wallet-request.ts";

/** What the table knows about a settlement. */
export interface SettledFacts {
  /** Counts the events about the order. */
  readonly version: number;
  readonly settledAt: Date;
}

const reasonNumbers = {
  INSUFFICIENT_FUNDS: PaymentFailureReason.INSUFFICIENT_FUNDS,
  CURRENCY_MISMATCH: PaymentFailureReason.CURRENCY_MISMATCH,
  VOIDED: PaymentFailureReason.VOIDED,
  REFUSED: PaymentFailureReason.REFUSED,
} as const satisfies Record<FailureReason, PaymentFailureReason>;

/** The event that tells the end of a request. */
export function settlementEvent(
  codec: EventCodec<typeof events>,
  request: WalletRequest,
  settlement: Settlement,
  { version, settledAt }: SettledFacts,
): EventRecord {
  const { orderUuid, orderVersion, userUuid } = request;
  const about = { orderUuid, orderVersion, userUuid, version };
  if (settlement.state === "FAILED")
    return codec.record(PaymentFailedSchema, {
      ...about,
      occurredAt: timestampFromDate(settledAt),
      paymentMethod: PaymentMethod.WALLET,
      amount: request.amount,
      reason: reasonNumbers[settlement.reason],
    });
  const { payment } = settlement;
  return codec.record(PaymentCompletedSchema, {
    ...about,
    occurredAt: timestampFromDate(payment.decidedAt),
    paymentMethod: PaymentMethod[payment.method],
    amount: payment.amount,
    transactionUuid: payment.transactionUuid,
  });
}
