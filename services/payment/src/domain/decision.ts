import { equalMoney, type Money, type Uuid } from "@gantry/kernel";
import { paymentMismatch, paymentVoided } from "./payment-errors.ts";

/** Where the money comes from. */
export const paymentMethods = ["CARD", "SBP", "CREDIT_CARD", "INVESTOR_MONEY", "WALLET"] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

/** What is to be taken and from whom. */
export interface Charge {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly method: PaymentMethod;
  readonly amount: Money;
}

/** The order is paid, for ever. */
export interface Paid extends Charge {
  readonly decision: "PAY";
  readonly transactionUuid: Uuid;
}

/** The order is not paid and never will be. */
export interface Voided {
  readonly decision: "VOID";
  readonly orderUuid: Uuid;
}

/** What is decided about an order: by whoever asked first, and once. */
export type Decision = Paid | Voided;

/** A decision that was made, with the moment on the database's clock. */
export type Standing<D extends Decision = Decision> = D & { readonly decidedAt: Date };

/**
 * What a caller who wants `charge` gets, given the decision that stands: its payment, whether this call made it or another.
 * @throws AppError PAYMENT_VOIDED, or PAYMENT_MISMATCH when the order is paid otherwise
 */
export function paymentFor(charge: Charge, standing: Standing): Standing<Paid> {
  if (standing.decision === "VOID") throw paymentVoided(charge.orderUuid);
  const differing = difference(charge, standing);
  if (differing.length > 0) throw paymentMismatch(charge.orderUuid, differing);
  return standing;
}

/** The facts that make two charges of one order the same charge. */
function difference(asked: Charge, made: Charge): readonly string[] {
  const same = {
    user_uuid: asked.userUuid === made.userUuid,
    payment_method: asked.method === made.method,
    amount: equalMoney(asked.amount, made.amount),
  };
  return Object.entries(same).flatMap(([name, equal]) => (equal ? [] : [name]));
}
