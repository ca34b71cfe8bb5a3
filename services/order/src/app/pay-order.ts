import type { Uuid } from "@gantry/kernel";
import type { PaymentMethod } from "../domain/change.ts";
import { type Decision, type Order, startPayment, unchanged } from "../domain/order.ts";
import { illegalTransition } from "../domain/order-errors.ts";
import type { Answer } from "./create-order.ts";
import { requireSameRequest } from "./idempotency.ts";
import { requireOwner } from "./owned-by.ts";
import type { Failpoint, KeptAnswer, KeyedRequest, OrderStore, PaymentGateway } from "./ports.ts";
import type { SettlePayment } from "./settle-payment.ts";

export interface PayOrderCommand {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly method: PaymentMethod;
  readonly request?: KeyedRequest;
  readonly signal: AbortSignal;
}

interface Dependencies {
  readonly store: OrderStore;
  readonly payment: PaymentGateway;
  readonly settle: SettlePayment;
  readonly failpoint: Failpoint;
}

/**
 * Pays in three steps: PAYING is committed, payment is asked with the order as its key, the answer is committed. A crash
 * in between is repaired by asking again: by the next request for the order, or by the sweeper.
 *
 * By wallet there is only the first step: the event of it asks payment, and an event answers.
 */
export class PayOrder {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async run(command: PayOrderCommand): Promise<Answer> {
    const kept = await this.#findAnswer(command.request);
    if (kept?.order) return { order: requireOwner(kept.order, command.orderUuid, command.userUuid), replayed: true };
    const order = await this.#begin(command, kept !== undefined);
    if (order.status !== "PAYING") return { order, replayed: true };
    if (order.paymentMethod === "WALLET") return { order, replayed: false };
    return { order: await this.#finish(order, command.signal), replayed: false };
  }

  async #findAnswer(request: KeyedRequest | undefined): Promise<KeptAnswer | undefined> {
    const kept = request && (await this.#deps.store.findAnswer(request));
    if (request && kept) requireSameRequest(kept, request);
    return kept;
  }

  async #begin(command: PayOrderCommand, claimedBefore: boolean): Promise<Order> {
    const { store, failpoint } = this.#deps;
    await failpoint("order.tx.before_commit");
    const order = await store.update(
      command.orderUuid,
      (current, now) =>
        beginOrJoin(requireOwner(current, command.orderUuid, command.userUuid), command.method, claimedBefore, now),
      command.request,
    );
    await failpoint("order.tx.after_commit");
    return order;
  }

  async #finish(paying: Order, signal: AbortSignal): Promise<Order> {
    const { payment, settle, failpoint } = this.#deps;
    await failpoint("pay.before_call");
    const decision = await payment.pay(paying, signal);
    await failpoint("pay.after_call");
    const order = await settle(paying, decision);
    await failpoint("pay.after_commit");
    if (order.transactionUuid === undefined) throw illegalTransition(order, "PAYMENT_CONFIRMED");
    return order;
  }
}

/**
 * A payment that is under way by the same method is joined: asking payment again is harmless and has the same answer. A
 * paid order is an answer only to the request that paid it.
 */
function beginOrJoin(order: Order, method: PaymentMethod, claimedBefore: boolean, now: Date): Decision {
  const joins = order.status === "PAYING" && order.paymentMethod === method;
  const answered = claimedBefore && order.transactionUuid !== undefined;
  return joins || answered ? unchanged(order) : startPayment(order, method, now);
}
