import { uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { anAccount, aPayment, usd } from "../../test/builders.ts";
import { debit, emptyAccount, holds, topUp } from "./account.ts";

describe("a top-up", () => {
  test("adds to the balance and counts", () => {
    const account = anAccount(100n, 3);
    const entryUuid = uuidv7();
    expect(topUp(account, entryUuid, usd(23n))).toEqual({
      userUuid: account.userUuid,
      entryUuid,
      kind: "TOP_UP",
      amount: usd(23n),
      balance: usd(123n),
      version: 4,
      orderUuid: undefined,
    });
  });

  test("says what an account without entries holds from then on", () => {
    const entry = topUp(emptyAccount(uuidv7()), uuidv7(), { minor: 5n, currency: "EUR" });
    expect(entry).toMatchObject({ balance: { minor: 5n, currency: "EUR" }, version: 1 });
  });

  test("of another currency is refused, naming the one that the account holds", () => {
    expect(() => topUp(anAccount(1n), uuidv7(), { minor: 1n, currency: "EUR" })).toThrow(
      expect.objectContaining({
        kind: "failed_precondition",
        reason: "CURRENCY_MISMATCH",
        details: { currency: "USD" },
      }),
    );
  });

  test("fills the account up to 2^53 - 1 and not beyond", () => {
    const account = anAccount(9_007_199_254_740_990n);
    expect(topUp(account, uuidv7(), usd(1n)).balance.minor).toBe(9_007_199_254_740_991n);
    expect(() => topUp(account, uuidv7(), usd(2n))).toThrow(
      expect.objectContaining({ kind: "failed_precondition", reason: "BALANCE_TOO_LARGE" }),
    );
  });
});

describe("a debit", () => {
  test("takes the amount for the order, and its entry is the transaction", () => {
    const account = anAccount(100n, 3);
    const payment = aPayment({ userUuid: account.userUuid, method: "WALLET", amount: usd(40n) });
    expect(debit(account, payment)).toEqual({
      userUuid: account.userUuid,
      entryUuid: payment.transactionUuid,
      kind: "PAYMENT",
      amount: usd(40n),
      balance: usd(60n),
      version: 4,
      orderUuid: payment.orderUuid,
    });
  });

  test("never leaves less than nothing", () => {
    expect(() => debit(anAccount(39n), aPayment({ amount: usd(40n) }))).toThrow(/not between 0/);
  });
});

test.each([
  [100n, "USD", true],
  [101n, "USD", false],
  [1n, "EUR", false],
  [0n, "USD", true],
])("an account of 100 USD and a price of %s %s: %s", (minor, currency, expected) => {
  expect(holds(anAccount(100n), { minor, currency })).toBe(expected);
});

test("an account without entries holds nothing, and that of any currency", () => {
  expect(holds(emptyAccount(uuidv7()), { minor: 0n, currency: "EUR" })).toBe(true);
  expect(holds(emptyAccount(uuidv7()), { minor: 1n, currency: "EUR" })).toBe(false);
});
