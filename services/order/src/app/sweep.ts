import type { Order } from "../domain/order.ts";
import type { OrderStore, PaymentGateway } from "./ports.ts";
import type { SettlePayment } from "./settle-payment.ts";

interface Dependencies {
  readonly store: OrderStore;
  readonly payment: PaymentGateway;
  readonly settle: SettlePayment;
  /** How many payments are finished at a time. */
  readonly batch: number;
  /** Told of each order that could not be finished now; its turn comes again. */
  readonly onFailure: (order: Order, error: unknown) => void;
}

/** Finishes what a crash left behind. */
export class Sweep {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** One round; the number of orders it took up. Safe on every replica at once. */
  async run(signal: AbortSignal): Promise<number> {
    const { store, batch } = this.#deps;
    const orders = await store.claimUnfinishedPayments(batch);
    await Promise.all(orders.map((order) => this.#finish(order, signal)));
    await store.forgetExpiredKeys(1000);
    return orders.length;
  }

  async #finish(order: Order, signal: AbortSignal): Promise<void> {
    const { payment, settle, onFailure } = this.#deps;
    try {
      await settle(order, await payment.pay(order, signal));
    } catch (error) {
      onFailure(order, error);
    }
  }
}
