import { equalMoney, type Money, type Uuid, uuidv7 } from "@gantry/kernel";
import { type Account, holds } from "./account.ts";
import type { Paid, Standing } from "./decision.ts";

/** What an order asked for: its money, from the wallet of its person. */
export interface WalletRequest {
  readonly orderUuid: Uuid;
  /** The version of the OrderPaymentRequested that asked. */
  readonly orderVersion: number;
  readonly userUuid: Uuid;
  readonly amount: Money;
}

/** Why a request was not paid. */
export type FailureReason = "INSUFFICIENT_FUNDS" | "CURRENCY_MISMATCH" | "VOIDED" | "REFUSED";

/** How a request ended: once, for ever. */
export type Settlement =
  | {
      readonly state: "COMPLETED";
      readonly payment: Standing<Paid>;
      /** Whether it was this request that took the money. */
      readonly charged: boolean;
    }
  | { readonly state: "FAILED"; readonly reason: FailureReason };

/** What becomes of a request now. */
export type Verdict =
  /** Take the money. */
  | { readonly outcome: "PAY" }
  /** The order is paid already; nothing more is taken. */
  | { readonly outcome: "PAID"; readonly payment: Standing<Paid> }
  | { readonly outcome: "FAIL"; readonly reason: FailureReason }
  | { readonly outcome: "WAIT" };

/** What a verdict is about. */
export interface Circumstances {
  readonly request: WalletRequest;
  /** As it is now, locked. */
  readonly account: Account;
  /** The decision about the order, if there is one. */
  readonly standing: Standing | undefined;
  /** Whether it has waited as long as it may. */
  readonly due: boolean;
}

/**
 * Judges a request. A decision that stands comes before all, and money that is there before the time that is up: a request
 * that nobody could look at in time is paid if it can be.
 */
export function judge({ request, account, standing, due }: Circumstances): Verdict {
  if (standing !== undefined) return answerOf(request, standing);
  const { amount } = request;
  if (account.balance !== undefined && account.balance.currency !== amount.currency) return fail("CURRENCY_MISMATCH");
  if (holds(account, amount)) return { outcome: "PAY" };
  return due ? fail("INSUFFICIENT_FUNDS") : { outcome: "WAIT" };
}

/** The payment that a request asks for. */
export const paymentOf = ({ orderUuid, userUuid, amount }: WalletRequest): Paid => ({
  decision: "PAY",
  transactionUuid: uuidv7(),
  orderUuid,
  userUuid,
  method: "WALLET",
  amount,
});

/** Paid is paid, whatever by: the order gets the payment that stands. Unless it is somebody else's or of another amount. */
function answerOf({ userUuid, amount }: WalletRequest, standing: Standing): Verdict {
  if (standing.decision === "VOID") return fail("VOIDED");
  const same = standing.userUuid === userUuid && equalMoney(standing.amount, amount);
  return same ? { outcome: "PAID", payment: standing } : fail("REFUSED");
}

const fail = (reason: FailureReason): Verdict => ({ outcome: "FAIL", reason });
