import { describe, expect, test } from "vitest";
import type { Call } from "../../history/call.ts";
import { wrong } from "../broken-snapshot.ts";
import { ann, built, dropped, healthySnapshot as healthy } from "../healthy-snapshot.ts";

const at = { startedAtMs: 0, endedAtMs: 1 };

describe("I13 is red when", () => {
  const told = (change: Partial<Call> & Pick<Call, "operation" | "outcome">): string[] =>
    wrong({ calls: [...healthy.calls, { userUuid: ann, ...at, ...change }] });

  test("a created order is not there", () => {
    expect(
      told({ operation: "create", outcome: { kind: "ok", status: 201, orderUuid: "none", totalMinor: 1 } }),
    ).toEqual(["I13 create answered 201, and there is no such order"]);
  });

  test("a created order is somebody else's", () => {
    const outcome = { kind: "ok", status: 201, orderUuid: built, totalMinor: 700 } as const;
    expect(told({ operation: "create", userUuid: "bob", outcome })).toEqual([
      `I13 create answered 201, and the order is ${ann}'s`,
    ]);
  });

  test("a created order costs something else", () => {
    const outcome = { kind: "ok", status: 201, orderUuid: built, totalMinor: 1 } as const;
    expect(told({ operation: "create", outcome })).toEqual(["I13 create answered 201, with 1, and it costs 700"]);
  });

  test("a paid order is not PAID", () => {
    const outcome = { kind: "ok", status: 200, transactionUuid: "t" } as const;
    expect(told({ operation: "pay", orderUuid: dropped, outcome })).toEqual([
      "I13 pay answered 200, and the order is CANCELLED",
    ]);
  });

  test("a payment by wallet was promised and never began", () => {
    expect(told({ operation: "pay", orderUuid: dropped, outcome: { kind: "ok", status: 202 } })).toEqual([
      "I13 pay answered 202, and no payment ever began",
    ]);
  });

  test("a cancelled order is not CANCELLED", () => {
    expect(told({ operation: "cancel", orderUuid: built, outcome: { kind: "ok", status: 204 } })).toEqual([
      "I13 cancel answered 204, and the order is ASSEMBLED",
    ]);
  });

  test("a top-up is not in the wallet", () => {
    expect(told({ operation: "topUp", outcome: { kind: "ok", status: 200, entryUuid: "none" } })).toEqual([
      "I13 topUp answered 200, and there is no such entry",
    ]);
  });

  test.each([
    ["ORDER_ALREADY_PAID", dropped, "CANCELLED"],
    ["ORDER_CANCELLED", built, "ASSEMBLED"],
    ["ORDER_EXPIRED", built, "ASSEMBLED"],
    ["ORDER_FAILED", built, "ASSEMBLED"],
  ])("a refusal says %s and that is not so", (code, orderUuid, status) => {
    expect(told({ operation: "pay", orderUuid, outcome: { kind: "fail", status: 409, code } })).toEqual([
      `I13 pay was refused with ${code}, and the order is ${status}`,
    ]);
  });

  test.each(["create", "topUp"] as const)("a %s was refused in every answer and done", (operation) => {
    const refused = { kind: "fail", status: 409, code: "ORDER_CHANGED" } as const;
    const key = operation === "create" ? "first" : "money";
    const calls = healthy.calls.filter((call) => call.key !== key);
    const call: Call = { userUuid: ann, operation, key, ...at, outcome: refused };
    expect(wrong({ calls: [...calls, call] })).toEqual([`I13 ${operation} was refused in every answer, and was done`]);
    const unsure: Call = { ...call, outcome: { kind: "unknown", why: "ECONNRESET" } };
    expect(wrong({ calls: [...calls, call, unsure] })).toEqual([]);
  });

  test("one key made two orders", () => {
    const outcome = { kind: "ok", status: 201, orderUuid: dropped, totalMinor: 700 } as const;
    expect(told({ operation: "create", key: "first", outcome })).toEqual([
      expect.stringContaining("I13 create answered one key in 2 ways"),
    ]);
  });
});

test("counts nothing unknown as refused: an unknown create may be there or not", () => {
  const calls = healthy.calls.filter(({ key }) => key !== "first");
  const unsure: Call = {
    userUuid: ann,
    operation: "create",
    key: "first",
    ...at,
    outcome: { kind: "unknown", why: "503" },
  };
  expect(wrong({ calls: [...calls, unsure] })).toEqual([]);
});
