import type { Uuid } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Standing } from "../domain/decision.ts";
import type { DecisionStore, Wake } from "./ports.ts";

/** Makes sure that an order is not paid, unless it is already. */
export class VoidPayment {
  readonly #decisions: DecisionStore;
  readonly #wake: Wake;
  readonly #logger: Logger;

  constructor(decisions: DecisionStore, wake: Wake, logger: Logger) {
    this.#decisions = decisions;
    this.#wake = wake;
    this.#logger = logger;
  }

  /** @returns the decision that stands, which may be that the order is paid */
  async execute(orderUuid: Uuid): Promise<Standing> {
    const { standing, made } = await this.#decisions.decide({ decision: "VOID", orderUuid });
    if (made) this.#made(orderUuid);
    return standing;
  }

  #made(orderUuid: Uuid): void {
    this.#wake();
    this.#logger.info({ order_uuid: orderUuid }, "payment voided");
  }
}
