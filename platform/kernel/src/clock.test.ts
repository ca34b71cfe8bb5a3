import { expect, test } from "vitest";
import { ManualClock, systemClock } from "./clock.ts";

test("the manual clock stands still until it is moved", () => {
  const clock = new ManualClock(new Date("2026-11-21T10:00:00Z"));
  expect(clock.now()).toEqual(new Date("2026-11-21T10:00:00Z"));
  clock.advance(1500);
  expect(clock.now()).toEqual(new Date("2026-11-21T10:00:01.500Z"));
});

test("a date it gave out does not move it", () => {
  const clock = new ManualClock(new Date(1000));
  clock.now().setFullYear(1900);
  expect(clock.now()).toEqual(new Date(1000));
});

test("the system clock is the machine's", () => {
  expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
});
