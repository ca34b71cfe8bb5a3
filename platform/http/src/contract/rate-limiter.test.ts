import { AppError } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { RateLimiter } from "./rate-limiter.ts";

const taken = (limiter: RateLimiter, caller: string, nowMs: number): number | "ok" => {
  try {
    limiter.take(caller, nowMs);
    return "ok";
  } catch (error) {
    return AppError.from(error).retryAfterSec ?? -1;
  }
};

describe("a rate of 2 a second and 3 at once", () => {
  const limiter = () => new RateLimiter({ perSecond: 2, burst: 3, per: "USER" });

  test("lets the burst pass and then says when to come back", () => {
    const own = limiter();
    expect([1, 2, 3, 4].map(() => taken(own, "a", 0))).toEqual(["ok", "ok", "ok", 1]);
  });

  test("gives a token back every half second, and never more than the burst", () => {
    const own = limiter();
    for (let i = 0; i < 3; i++) taken(own, "a", 0);
    expect(taken(own, "a", 499)).toBe(1);
    expect(taken(own, "a", 500)).toBe("ok");
    expect([1, 2, 3, 4].map(() => taken(own, "a", 1_000_000))).toEqual(["ok", "ok", "ok", 1]);
  });

  test("counts each caller apart", () => {
    const own = limiter();
    for (let i = 0; i < 3; i++) taken(own, "a", 0);
    expect(taken(own, "b", 0)).toBe("ok");
  });

  test("remembers a bounded number of callers, the latest", () => {
    const own = limiter();
    for (let i = 0; i < 4; i++) taken(own, "first", 0);
    for (let i = 0; i < 49_999; i++) taken(own, String(i), 0);
    expect(taken(own, "first", 0)).toBe(1);
    for (let i = 0; i < 50_000; i++) taken(own, `other ${i}`, 0);
    expect(taken(own, "first", 0)).toBe("ok");
  });
});
