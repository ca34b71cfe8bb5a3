import { type Uuid, uuidv7 } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { type Charge, type Paid, paymentFor, type Standing } from "../domain/decision.ts";
import type { DecisionStore } from "./ports.ts";

/** Takes the money for an order, once. */
export class PayOrder {
  readonly #decisions: DecisionStore;
  readonly #logger: Logger;

  constructor(decisions: DecisionStore, logger: Logger) {
    this.#decisions = decisions;
    this.#logger = logger;
  }

  /** @returns the transaction: the same for every call about this order */
  async execute(charge: Charge): Promise<Uuid> {
    const wanted: Paid = { ...charge, decision: "PAY", transactionUuid: uuidv7() };
    const { standing, made } = await this.#decisions.decide(wanted);
    const payment = paymentFor(charge, standing);
    if (made) this.#record(payment);
    return payment.transactionUuid;
  }

  /** The one line per payment that bookkeeping reads. It follows the commit: a crash in between loses the line, never the row. */
  #record(payment: Standing<Paid>): void {
    this.#logger.info(
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
}
