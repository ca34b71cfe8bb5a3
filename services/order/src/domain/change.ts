import type { Uuid } from "@gantry/kernel";
import type { Cause, OrderStatus } from "./transitions.ts";

/** How a person pays. WALLET is asked for by an event and answered by one; the others are asked for by a call. */
export const paymentMethods = ["CARD", "SBP", "CREDIT_CARD", "INVESTOR_MONEY", "WALLET"] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

/** Why a payment was refused. Nothing was taken, and the order can be paid again. */
export const paymentFailures = ["INSUFFICIENT_FUNDS", "CURRENCY_MISMATCH", "REFUSED"] as const;
export type PaymentFailure = (typeof paymentFailures)[number];

/** Why an order was cancelled. */
export const cancelReasons = ["REQUESTED", "UNPAID_TOO_LONG"] as const;
export type CancelReason = (typeof cancelReasons)[number];

/** What there is to tell about a change, besides its cause. */
interface FactsOf {
  readonly CREATED: unknown;
  readonly STOCK_RESERVED: unknown;
  readonly OUT_OF_STOCK: { readonly partUuids: readonly Uuid[] };
  readonly PAY_REQUESTED: { readonly paymentMethod: PaymentMethod };
  readonly PAYMENT_CONFIRMED: { readonly paymentMethod: PaymentMethod; readonly transactionUuid: Uuid };
  readonly PAYMENT_REFUSED: { readonly paymentMethod: PaymentMethod; readonly paymentFailure: PaymentFailure };
  readonly CANCEL_REQUESTED: unknown;
  readonly UNPAID_TOO_LONG: unknown;
  readonly SHIP_ASSEMBLED: { readonly buildTimeSec: number };
}

/** What made an order change. */
export type Facts<C extends Cause = Cause> = { [K in C]: { readonly cause: K } & FactsOf[K] }[C];

/** One change of an order's state. `from` is undefined for the first. */
export type Change<C extends Cause = Cause> = Facts<C> & {
  readonly version: number;
  readonly from?: OrderStatus;
  readonly to: OrderStatus;
  readonly occurredAt: Date;
};
