import type { events } from "@gantry/gen/events/registry";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { money } from "@gantry/kernel";
import { type EventHandlers, type HandlerContext, ignore } from "@gantry/messaging";
import type { Wake } from "../app/ports.ts";
import type { WalletRequest } from "../domain/wallet-request.ts";

export interface OrderEventNeeds<DB> {
  /** Keeps the request, in the transaction of the event. */
  readonly accept: (trx: HandlerContext<DB>["trx"], request: WalletRequest) => Promise<void>;
  /** Has it looked at. */
  readonly wake: Wake;
}

/**
 * What payment does about orders: it keeps the requests to pay by wallet, and a worker serves them. Not here, because one
 * transaction is for many events: it would hold the accounts of all of them, and one request that fails would fail them all.
 */
export const onOrderEvents = <DB>({ accept, wake }: OrderEventNeeds<DB>): EventHandlers<typeof events, DB> => ({
  "order.events.v1": {
    "gantry.order.v1.OrderPaymentRequested": async (event, { trx, afterCommit }) => {
      if (event.paymentMethod !== PaymentMethod.WALLET) return; // the others are asked for by PayOrder
      const { orderUuid, version, userUuid, total } = event;
      await accept(trx, { orderUuid, orderVersion: version, userUuid, amount: money(total.minor, total.currency) });
      afterCommit(wake);
    },
    "gantry.order.v1.OrderCreated": ignore,
    "gantry.order.v1.OrderReserved": ignore,
    "gantry.order.v1.OrderPaymentRefused": ignore,
    "gantry.order.v1.OrderPaid": ignore,
    "gantry.order.v1.OrderCancelled": ignore, // whoever cancels an order that is being paid has voided it before
    "gantry.order.v1.OrderFailed": ignore,
    "gantry.order.v1.OrderAssembled": ignore,
  },
});
