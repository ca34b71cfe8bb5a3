import { describe, expect, test } from "vitest";
import { budgets, type Failures, judge, type ThrottleScope } from "./throttle.ts";

const now = new Date(1_000_000_000_000);
const after = (ms: number): Date => new Date(now.getTime() + ms);

/** So many failures, all of them just now. */
const failures = (scope: ThrottleScope, count: number, lastAt = now): Failures => ({
  scope,
  emptyAt: after(count * budgets[scope].forgetMs),
  lastAt,
});

const waitSec = (...all: Failures[]): number => judge(all, now).waitMs / 1000;

describe("failed log-ins", () => {
  test("cost nothing the first few times", () => {
    expect(judge([], now)).toEqual({ waitMs: 0, claims: [] });
    expect(judge([failures("PAIR", 4), failures("ADDRESS", 59), failures("ACCOUNT", 49)], now)).toEqual({
      waitMs: 0,
      claims: [],
    });
  });

  test("of a person from one address double the wait, up to a quarter of an hour", () => {
    expect([5, 6, 7, 14, 20].map((count) => waitSec(failures("PAIR", count)))).toEqual([1, 2, 4, 512, 900]);
  });

  test("of an address double the wait too, up to a minute", () => {
    expect([60, 61, 65, 66, 90].map((count) => waitSec(failures("ADDRESS", count)))).toEqual([1, 2, 32, 60, 60]);
  });

  test("of a person from everywhere stop nobody from an address that has not failed", () => {
    expect(waitSec(failures("ACCOUNT", 200))).toBe(0);
    expect(waitSec(failures("ACCOUNT", 200), failures("ADDRESS", 59))).toBe(0);
  });

  test("of a person from everywhere leave each address one try", () => {
    expect(waitSec(failures("ACCOUNT", 49), failures("PAIR", 1))).toBe(0);
    expect([1, 2, 5].map((count) => waitSec(failures("ACCOUNT", 50), failures("PAIR", count)))).toEqual([60, 120, 900]);
  });

  test("are forgotten one by one", () => {
    const quarter = budgets.PAIR.forgetMs;
    expect(judge([failures("PAIR", 5)], after(quarter - 1)).claims).toEqual(["PAIR"]);
    expect(judge([failures("PAIR", 5)], after(quarter)).claims).toEqual([]);
  });

  test("let one try through after the wait, which has to be claimed", () => {
    const waited = failures("PAIR", 5, after(-1000));
    expect(judge([waited], now)).toEqual({ waitMs: 0, claims: ["PAIR"] });
    expect(judge([failures("PAIR", 5, after(-999))], now).waitMs).toBe(1);
  });
});
