import { describe, expect, test } from "vitest";
import { anAccount, aPayment, aRequest, aVoid, usd } from "../../test/builders.ts";
import { emptyAccount } from "./account.ts";
import type { Standing } from "./decision.ts";
import { judge, paymentOf } from "./wallet-request.ts";

const request = aRequest({ amount: usd(40n) });
const rich = anAccount(40n, 1, request.userUuid);
const poor = anAccount(39n, 1, request.userUuid);
const standing = <D extends object>(decision: D): D & { decidedAt: Date } => ({ ...decision, decidedAt: new Date() });

describe("a request, when nothing is decided about its order", () => {
  const cases = { request, standing: undefined };

  test.each([false, true])("is paid when the money is there, also at the last moment (due: %s)", (due) => {
    expect(judge({ ...cases, account: rich, due })).toEqual({ outcome: "PAY" });
  });

  test.each([
    ["holds too little", poor],
    ["was never used", emptyAccount(request.userUuid)],
  ])("waits when the account %s, until it is due", (_what, account) => {
    expect(judge({ ...cases, account, due: false })).toEqual({ outcome: "WAIT" });
    expect(judge({ ...cases, account, due: true })).toEqual({ outcome: "FAIL", reason: "INSUFFICIENT_FUNDS" });
  });

  test("fails at once when the account holds another currency", () => {
    const other = aRequest({ ...request, amount: { minor: 1n, currency: "EUR" } });
    expect(judge({ ...cases, request: other, account: rich, due: false })).toEqual({
      outcome: "FAIL",
      reason: "CURRENCY_MISMATCH",
    });
  });
});

describe("a request, when its order is decided", () => {
  const verdictOf = (decision: Standing) => judge({ request, account: rich, standing: decision, due: true });

  test("as void, fails", () => {
    expect(verdictOf(standing(aVoid(request.orderUuid)))).toEqual({ outcome: "FAIL", reason: "VOIDED" });
  });

  test.each(["CARD", "WALLET"] as const)("as paid by %s, gets that payment and charges nothing", (method) => {
    const payment = standing(aPayment({ ...request, method }));
    expect(verdictOf(payment)).toEqual({ outcome: "PAID", payment });
  });

  test.each([
    ["by somebody else", { userUuid: aRequest().userUuid }],
    ["with another amount", { amount: usd(41n) }],
  ])("as paid %s, is refused", (_what, facts) => {
    const payment = standing(aPayment({ ...request, method: "CARD", ...facts }));
    expect(verdictOf(payment)).toEqual({ outcome: "FAIL", reason: "REFUSED" });
  });
});

test("the payment of a request is by wallet, of the person and for the amount that were asked for", () => {
  const { orderVersion: _version, ...facts } = request;
  expect(paymentOf(request)).toEqual({
    ...facts,
    decision: "PAY",
    method: "WALLET",
    transactionUuid: expect.any(String),
  });
  expect(paymentOf(request).transactionUuid).not.toBe(paymentOf(request).transactionUuid);
});
