import { expireOrder, type Order, unchanged } from "../domain/order.ts";
import { type Finish, finishOf } from "../domain/unfinished.ts";
import type { OrderStore, PaymentGateway } from "./ports.ts";
import type { SettlePayment } from "./settle-payment.ts";

interface Dependencies {
  readonly store: OrderStore;
  readonly payment: PaymentGateway;
  readonly settle: SettlePayment;
  /** How many orders are finished at a time. */
  readonly batch: number;
  /** Told of each order that could not be finished now; its turn comes again, behind the others. */
  readonly onFailure: (order: Order, error: unknown) => void;
  /** Told in each round how long the oldest order is overdue, in milliseconds; 0 when none is. */
  readonly onExpiryLag: (lagMs: number) => void;
}

/** An overdue order that another replica is at work on must not make this one spin. */
const SHORTEST_WAIT_MS = 10;

/** What a round did and found out about the next one. */
export interface Swept {
  readonly orders: number;
  readonly more: boolean;
  readonly dueInMs: number | undefined;
}

/**
 * Finishes what nobody else does: unpaid orders whose time is over, and payments that a crash left behind. What became of a
 * payment is never guessed: payment is asked to make it, or after the deadline to void it, and what it decided first stands.
 */
export class Sweep {
  readonly #deps: Dependencies;
  readonly #finish: Record<Finish, (order: Order, signal: AbortSignal) => Promise<unknown>>;

  constructor(deps: Dependencies) {
    const { store, payment, settle } = deps;
    this.#deps = deps;
    this.#finish = {
      expire: ({ orderUuid }) =>
        store.update(orderUuid, (order, now) =>
          finishOf(order, now) === "expire" ? expireOrder(order, now) : unchanged(order),
        ),
      void: async (order, signal) => settle(order, await payment.void(order, signal)),
      pay: async (order, signal) => settle(order, await payment.pay(order, signal)),
      wait: async () => undefined,
    };
  }

  /** One round. Safe on every replica at once. */
  async run(signal: AbortSignal): Promise<Swept> {
    const { store, batch, onExpiryLag } = this.#deps;
    const { orders, now } = await store.claimUnfinished(batch);
    onExpiryLag(Math.max(0, ...orders.map(({ expiresAt }) => now.getTime() - expiresAt.getTime())));
    await Promise.all(orders.map((order) => this.#tryToFinish(order, now, signal)));
    await store.forgetExpiredKeys(1000);
    const dueInMs = await store.nextUnfinishedInMs();
    return {
      orders: orders.length,
      more: orders.length === batch,
      dueInMs: dueInMs && Math.max(dueInMs, SHORTEST_WAIT_MS),
    };
  }

  async #tryToFinish(order: Order, now: Date, signal: AbortSignal): Promise<void> {
    try {
      await this.#finish[finishOf(order, now)](order, signal);
    } catch (error) {
      this.#deps.onFailure(order, error);
    }
  }
}
