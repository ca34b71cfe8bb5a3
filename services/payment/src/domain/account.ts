import { MAX_MINOR, type Money, money, type Uuid } from "@gantry/kernel";
import type { Paid } from "./decision.ts";
import { balanceTooLarge, currencyMismatch } from "./wallet-errors.ts";

/** A person's wallet. */
export interface Account {
  readonly userUuid: Uuid;
  /** Undefined before the first entry, which says what the wallet holds. */
  readonly balance: Money | undefined;
  /** Counts the entries. */
  readonly version: number;
}

/** One movement of money. Never changed. */
export interface Entry {
  readonly userUuid: Uuid;
  /** Of a payment: its transaction. */
  readonly entryUuid: Uuid;
  readonly kind: "TOP_UP" | "PAYMENT";
  readonly amount: Money;
  /** How much was there afterwards. */
  readonly balance: Money;
  /** The version of the account afterwards. */
  readonly version: number;
  /** The order that was paid; undefined for a top-up. */
  readonly orderUuid: Uuid | undefined;
  readonly createdAt: Date;
}

/** An entry that is to be made; the database's clock says when. */
export type NewEntry = Omit<Entry, "createdAt">;

export const emptyAccount = (userUuid: Uuid): Account => ({ userUuid, balance: undefined, version: 0 });

/** @throws AppError CURRENCY_MISMATCH or BALANCE_TOO_LARGE */
export function topUp(account: Account, entryUuid: Uuid, amount: Money): NewEntry {
  const { minor, currency } = account.balance ?? { minor: 0n, currency: amount.currency };
  if (currency !== amount.currency) throw currencyMismatch(amount.currency, currency);
  if (minor + amount.minor > MAX_MINOR) throw balanceTooLarge(amount, minor);
  return entry(account, { entryUuid, kind: "TOP_UP", amount, balance: money(minor + amount.minor, currency) });
}

/** The entry of a payment from this account, which must {@link holds | hold} its amount. */
export function debit(account: Account, { transactionUuid, amount, orderUuid }: Paid): NewEntry {
  const balance = money((account.balance?.minor ?? 0n) - amount.minor, amount.currency);
  return entry(account, { entryUuid: transactionUuid, kind: "PAYMENT", amount, balance, orderUuid });
}

/** Whether the account has this much of this currency. Nothing at all is there in any. */
export function holds({ balance }: Account, amount: Money): boolean {
  if (balance === undefined) return amount.minor === 0n;
  return balance.currency === amount.currency && balance.minor >= amount.minor;
}

const entry = (
  { userUuid, version }: Account,
  facts: Pick<Entry, "entryUuid" | "kind" | "amount" | "balance"> & { readonly orderUuid?: Uuid },
): NewEntry => ({ orderUuid: undefined, ...facts, userUuid, version: version + 1 });
