import { describe, expect, test } from "vitest";
import { RateLimits } from "../src/rates/rate-limits.ts";
import { TokenBuckets } from "../src/rates/token-buckets.ts";
import { USER, webRoute } from "./fixture.ts";

describe("a token bucket", () => {
  test("gives as many as it holds, says when to come again, and fills up with time", () => {
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3, per: "USER" }, 10);
    expect([0, 0, 0, 0].map((nowMs) => buckets.take("a", nowMs))).toEqual([0, 0, 0, 1]);
    expect(buckets.take("a", 499)).toBe(1);
    expect(buckets.take("a", 500)).toBe(0);
    expect(buckets.take("a", 500)).toBe(1);
    expect([9_000, 9_000, 9_000, 9_000].map((nowMs) => buckets.take("a", nowMs))).toEqual([0, 0, 0, 1]);
  });

  test("is each one's own", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1, per: "USER" }, 10);
    expect(buckets.take("a", 0)).toBe(0);
    expect(buckets.take("b", 0)).toBe(0);
    expect(buckets.take("a", 0)).toBe(1);
  });

  test("names a wait that is long enough for a slow rate", () => {
    const buckets = new TokenBuckets({ perSecond: 0.1, burst: 1, per: "TOTAL" }, 10);
    buckets.take("", 0);
    expect(buckets.take("", 0)).toBe(10);
  });

  test("is not forgotten for a newcomer: when all are in use, newcomers are refused", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 2, per: "ADDRESS" }, 2);
    for (const who of ["a", "a", "b", "b"]) buckets.take(who, 0);
    expect(buckets.take("c", 500)).toBe(1);
    expect(buckets.take("a", 500)).toBe(1);
    expect(buckets.take("c", 3_000)).toBe(0);
  });

  test("refuses on a clock that is none", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 2, per: "ADDRESS" }, 2);
    buckets.take("a", 0);
    expect(buckets.take("a", Number.NaN)).not.toBe(0);
  });
});

describe("a rate counts", () => {
  const taken = (per: "USER" | "ADDRESS" | "TOTAL", ...askers: readonly (readonly [string | undefined, string])[]) => {
    const route = webRoute({ rate: { perSecond: 1, burst: 1, per } });
    const limits = new RateLimits([route]);
    return askers.map(([who, address]) => limits.take(route, who, address, 0));
  };

  test("per person, wherever they are", () => {
    expect(taken("USER", [USER, "10.0.0.1"], [USER, "10.0.0.2"], ["other", "10.0.0.1"])).toEqual([0, 1, 0]);
  });

  test("per person by address where nobody is known", () => {
    expect(taken("USER", [undefined, "10.0.0.1"], [undefined, "10.0.0.1"], [undefined, "10.0.0.2"])).toEqual([0, 1, 0]);
  });

  test("per address, whoever it is", () => {
    expect(taken("ADDRESS", [USER, "10.0.0.1"], ["other", "10.0.0.1"], [USER, "10.0.0.2"])).toEqual([0, 1, 0]);
  });

  test("per network of IPv6", () => {
    const addresses = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1", "::1", "::2"] as const;
    expect(taken("ADDRESS", ...addresses.map((address) => [undefined, address] as const))).toEqual([0, 1, 0, 0, 1]);
  });

  test("in total", () => {
    expect(taken("TOTAL", [USER, "10.0.0.1"], ["other", "10.0.0.2"])).toEqual([0, 1]);
  });

  test("nothing where there is none", () => {
    const route = webRoute();
    expect(new RateLimits([route]).take(route, undefined, "10.0.0.1", 0)).toBe(0);
  });
});
