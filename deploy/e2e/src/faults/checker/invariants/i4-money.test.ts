import { describe, expect, test } from "vitest";
import type { Call } from "../../history/call.ts";
import { altered, first, without, wrong } from "../broken-snapshot.ts";
import { ann, built, dropped, healthySnapshot as healthy, transaction } from "../healthy-snapshot.ts";

const at = { startedAtMs: 0, endedAtMs: 1 };

describe("I4 is red when", () => {
  const payment = first(healthy.payments, ({ decision }) => decision === "PAY");
  const isBuilt = ({ orderUuid }: { readonly orderUuid?: string }): boolean => orderUuid === built;
  const isDropped = ({ orderUuid }: { readonly orderUuid?: string }): boolean => orderUuid === dropped;

  test("an order was paid twice", () => {
    const again = { ...payment, transactionUuid: "again", paymentMethod: "CARD" };
    expect(wrong({ payments: [...healthy.payments, again] })).toEqual([
      "I4 was paid 2 times",
      "I4 1400 was taken for orders worth 700",
    ]);
  });

  test("an order was paid and voided", () => {
    expect(wrong({ payments: [...healthy.payments, { orderUuid: built, decision: "VOID" }] })).toEqual([
      "I4 was paid and voided",
    ]);
  });

  test("an order is PAID and nothing was paid", () => {
    const payments = without(healthy.payments, isBuilt);
    const entries = without(healthy.entries, isBuilt);
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 1_000 });
    expect(wrong({ payments, entries, accounts })).toEqual([
      "I4 is ASSEMBLED and nothing was paid",
      "I4 0 was taken for orders worth 700",
    ]);
  });

  test.each(["CANCELLED", "PENDING_PAYMENT", "PAYING"] as const)("a %s order was paid", (status) => {
    const orders = altered(healthy.orders, isDropped, { status, updatedAtMs: healthy.takenAtMs });
    const payments = altered(healthy.payments, isDropped, { ...payment, orderUuid: dropped, paymentMethod: "CARD" });
    const calls = healthy.calls.filter(({ operation }) => operation !== "cancel");
    expect(wrong({ orders, payments, calls })).toEqual([
      `I4 is ${status} and was paid by ${transaction}`,
      "I4 1400 was taken for orders worth 700",
    ]);
  });

  test("an order names another transaction than its payment", () => {
    expect(wrong({ orders: altered(healthy.orders, isBuilt, { transactionUuid: "other" }) })).toEqual([
      `I4 names transaction other, and was paid by ${transaction}`,
    ]);
  });

  test("an order was paid with another amount", () => {
    const payments = altered(healthy.payments, isBuilt, { amountMinor: 699 });
    expect(wrong({ payments })).toContain("I4 costs 700, and 699 was paid for it");
  });

  test("somebody else paid", () => {
    const payments = altered(healthy.payments, isBuilt, { userUuid: "bob" });
    expect(wrong({ payments })).toContain(`I4 is ${ann}'s, and bob paid it`);
  });

  test("a payment is for no order", () => {
    const payments = [...healthy.payments, { ...payment, orderUuid: "none", paymentMethod: "CARD" }];
    expect(wrong({ payments })).toContain(`I4 does not exist and was paid by ${transaction}`);
  });

  test("money came for an order that was not paid by it", () => {
    const rejected = [
      { orderUuid: dropped, type: "gantry.payment.v1.PaymentCompleted", orderStatus: "CANCELLED" },
    ] as const;
    expect(wrong({ rejected })).toEqual(["I4 was paid when it was CANCELLED"]);
  });

  test("answers name different transactions", () => {
    const pay = (transactionUuid: string): Call => ({
      userUuid: ann,
      operation: "pay",
      orderUuid: built,
      key: transactionUuid,
      ...at,
      outcome: { kind: "ok", status: 200, transactionUuid },
    });
    expect(wrong({ calls: [...healthy.calls, pay(transaction), pay("other")] })).toContain(
      `I4 has several transactions in its answers: ${transaction}, other`,
    );
  });

  test("a balance is not the sum of its entries", () => {
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 400 });
    expect(wrong({ accounts })).toEqual(["I4 has 400, and its entries add up to 300"]);
  });

  test("a balance is below zero", () => {
    const entries = altered(healthy.entries, ({ key }) => key === "money", { deltaMinor: 600, balanceMinor: 600 });
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: -100 });
    expect(wrong({ accounts, entries: altered(entries, isBuilt, { balanceMinor: -100 }) })).toEqual([
      "I4 has -100, below zero",
      "I4 entry 2 leaves -100, not -100",
    ]);
  });

  test("entries belong to no account", () => {
    expect(wrong({ accounts: [] })).toEqual(["I4 has entries and no account"]);
  });

  test("an entry does not count on from the one before", () => {
    expect(wrong({ entries: altered(healthy.entries, isBuilt, { balanceMinor: 200 }) })).toEqual([
      "I4 entry 2 leaves 200, not 300",
    ]);
    expect(wrong({ entries: altered(healthy.entries, isBuilt, { version: 3 }) })).toEqual([
      "I4 entry 3 leaves 300, not 300",
    ]);
  });

  test("a payment by wallet has no debit, or a debit no payment", () => {
    const entries = without(healthy.entries, isBuilt);
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 1_000 });
    expect(wrong({ entries, accounts })).toEqual(["I4 was paid by wallet without a debit"]);
    const payments = altered(healthy.payments, isBuilt, { paymentMethod: "CARD" });
    expect(wrong({ payments })).toEqual(["I4 was debited without a payment by wallet"]);
  });

  test("a wallet was debited twice for one order", () => {
    const again = {
      entryUuid: "again",
      userUuid: ann,
      deltaMinor: -100,
      balanceMinor: 200,
      version: 3,
      orderUuid: built,
    };
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 200 });
    expect(wrong({ accounts, entries: [...healthy.entries, again] })).toEqual(["I4 was debited 2 times"]);
  });

  test("a debit differs from its payment", () => {
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 400 });
    const less = altered(healthy.entries, isBuilt, { deltaMinor: -600, balanceMinor: 400 });
    expect(wrong({ accounts, entries: less })).toEqual(["I4 was paid with 700 and debited with 600"]);
    const unnamed = altered(healthy.entries, isBuilt, { entryUuid: "other" });
    expect(wrong({ entries: unnamed })).toEqual([`I4 was paid by ${transaction} and debited by other`]);
  });

  test("a debit is from somebody else's wallet", () => {
    const bobs = { entryUuid: "b", userUuid: "bob", deltaMinor: 700, balanceMinor: 700, version: 1 };
    const debit = altered(healthy.entries, isBuilt, { userUuid: "bob", balanceMinor: 0 });
    const accounts = [
      { userUuid: ann, balanceMinor: 1_000 },
      { userUuid: "bob", balanceMinor: 0 },
    ];
    expect(wrong({ accounts, entries: [...debit, bobs] })).toEqual([`I4 was paid by ${ann} from bob's wallet`]);
  });
});
