import type { Uuid } from "@gantry/kernel";
import { cancelOrder, type Order, unchanged } from "../domain/order.ts";
import { illegalTransition } from "../domain/order-errors.ts";
import { requireOwner } from "./owned-by.ts";
import type { OrderStore, PaymentGateway } from "./ports.ts";
import type { SettlePayment } from "./settle-payment.ts";

export interface CancelOrderCommand {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly signal: AbortSignal;
}

interface Dependencies {
  readonly store: OrderStore;
  readonly payment: PaymentGateway;
  readonly settle: SettlePayment;
}

/** Cancels an order that is not paid. Whether a payment under way is, payment decides: this never guesses. */
export class CancelOrder {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async run(command: CancelOrderCommand): Promise<void> {
    const { store, payment, settle } = this.#deps;
    const order = await store.update(command.orderUuid, (current, now) => {
      const own = requireOwner(current, command.orderUuid, command.userUuid);
      return own.status === "PAYING" ? unchanged(own) : cancelOrder(own, now);
    });
    if (order.status === "CANCELLED") return;
    requireCancelled(await settle(order, await payment.void(order, command.signal)));
  }
}

function requireCancelled(order: Order): void {
  if (order.status !== "CANCELLED") throw illegalTransition(order, "CANCEL_REQUESTED");
}
