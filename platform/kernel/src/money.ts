import { AppError } from "./app-error.ts";

/** An amount in minor units (cents, kopecks) of a currency. Never a float. */
export interface Money {
  readonly minor: bigint;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
}

const currencyCode = /^[A-Z]{3}$/;

/** The largest amount, 2^53 - 1 minor units: what a JSON number carries exactly. */
export const MAX_MINOR = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * @throws AppError `invalid_argument` MONEY_OUT_OF_RANGE when the amount is negative or above {@link MAX_MINOR}
 * @throws AppError `invalid_argument` CURRENCY_INVALID when the currency is not three capital letters
 */
export function money(minor: bigint, currency: string): Money {
  if (!currencyCode.test(currency)) throw currencyInvalid(currency);
  if (minor < 0n || minor > MAX_MINOR) throw outOfRange(minor, currency);
  return { minor, currency };
}

/** @throws AppError `invalid_argument` CURRENCY_MISMATCH or MONEY_OUT_OF_RANGE */
export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw currencyMismatch(a, b);
  return money(a.minor + b.minor, a.currency);
}

/**
 * A price times a whole number of pieces.
 * @throws AppError `invalid_argument` QUANTITY_INVALID when the quantity is negative, fractional or not exactly representable
 * @throws AppError `invalid_argument` MONEY_OUT_OF_RANGE
 */
export function multiplyMoney(price: Money, quantity: number): Money {
  if (!Number.isSafeInteger(quantity) || quantity < 0) throw quantityInvalid(quantity);
  return money(price.minor * BigInt(quantity), price.currency);
}

/** Whether both are the same amount of the same currency. */
export function equalMoney(a: Money, b: Money): boolean {
  return a.minor === b.minor && a.currency === b.currency;
}

const outOfRange = (minor: bigint, currency: string): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "MONEY_OUT_OF_RANGE",
    message: `${minor} minor units of ${currency} is not between 0 and ${MAX_MINOR}.`,
  });

const currencyMismatch = (a: Money, b: Money): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "CURRENCY_MISMATCH",
    message: `Cannot add ${b.currency} to ${a.currency}.`,
  });

const currencyInvalid = (currency: string): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "CURRENCY_INVALID",
    message: `${JSON.stringify(currency.slice(0, 20))} is not a currency code of three capital letters (ISO 4217).`,
  });

const quantityInvalid = (quantity: number): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "QUANTITY_INVALID",
    message: `${quantity} is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
  });
