import type { Logger } from "@gantry/telemetry";
import type { Paid, Standing } from "../domain/decision.ts";

/** The one line per payment that bookkeeping reads. It follows the commit: a crash in between loses the line, never the row. */
export function recordPayment(logger: Logger, payment: Standing<Paid>): void {
  logger.info(
    {
      transaction_uuid: payment.transactionUuid,
      order_uuid: payment.orderUuid,
      user_uuid: payment.userUuid,
      payment_method: payment.method,
      amount_minor: payment.amount.minor,
      currency: payment.amount.currency,
      paid_at: payment.decidedAt,
    },
    "order paid",
  );
}
