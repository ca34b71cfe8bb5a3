import { type Uuid, uuidv7 } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { type Charge, type Paid, paymentFor } from "../domain/decision.ts";
import type { DecisionStore, Wake } from "./ports.ts";
import { recordPayment } from "./record-payment.ts";

/** Takes the money for an order, once. */
export class PayOrder {
  readonly #decisions: DecisionStore;
  readonly #wake: Wake;
  readonly #logger: Logger;

  constructor(decisions: DecisionStore, wake: Wake, logger: Logger) {
    this.#decisions = decisions;
    this.#wake = wake;
    this.#logger = logger;
  }

  /** @returns the transaction: the same for every call about this order */
  async execute(charge: Charge): Promise<Uuid> {
    const wanted: Paid = { ...charge, decision: "PAY", transactionUuid: uuidv7() };
    const { standing, made } = await this.#decisions.decide(wanted);
    if (made) this.#wake();
    const payment = paymentFor(charge, standing);
    if (made) recordPayment(this.#logger, payment);
    return payment.transactionUuid;
  }
}
