import { expect, test } from "vitest";
import { ManualClock } from "./clock.ts";
import type { Rate } from "./policy.ts";
import { TokenBuckets } from "./token-buckets.ts";

const rate: Rate = { perSecond: 2, burst: 3, per: "USER" };

const takes = (buckets: TokenBuckets, key: string, times: number): number[] =>
  Array.from({ length: times }, () => buckets.take(key, rate));

test("gives a burst, then says how long to wait", () => {
  const buckets = new TokenBuckets({ clock: new ManualClock() });
  expect(takes(buckets, "a", 4)).toEqual([0, 0, 0, 1]);
});

test("refills with time, up to the burst", () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets({ clock });
  takes(buckets, "a", 3);
  clock.advance(500);
  expect(takes(buckets, "a", 2)).toEqual([0, 1]);
  clock.advance(3_600_000);
  expect(takes(buckets, "a", 4)).toEqual([0, 0, 0, 1]);
});

test("keeps keys apart", () => {
  const buckets = new TokenBuckets({ clock: new ManualClock() });
  takes(buckets, "a", 4);
  expect(buckets.take("b", rate)).toBe(0);
});

test("gives nothing back when the clock steps back", () => {
  const clock = new ManualClock(new Date(10_000));
  const buckets = new TokenBuckets({ clock });
  takes(buckets, "a", 3);
  clock.advance(-5000);
  expect(buckets.take("a", rate)).toBe(1);
});

test("forgets the bucket unused for longest when there are too many", () => {
  const buckets = new TokenBuckets({ clock: new ManualClock(), maxBuckets: 2 });
  takes(buckets, "a", 3);
  takes(buckets, "b", 3);
  buckets.take("a", rate);
  buckets.take("c", rate);
  expect(buckets.take("a", rate)).toBe(1);
  expect(buckets.take("b", rate)).toBe(0);
});
