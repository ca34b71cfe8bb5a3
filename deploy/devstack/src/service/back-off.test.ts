import { expect, test } from "vitest";
import { createBackOff } from "./back-off.ts";

const options = { firstMs: 100, maxMs: 1_000, quietMs: 5_000 };

test("doubles the wait with every crash, up to the longest", () => {
  const backOff = createBackOff(options);
  expect([1, 2, 3, 4, 5, 6].map(() => backOff.next(0))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

test("starts over after a service ran well for a while", () => {
  const backOff = createBackOff(options);
  expect([backOff.next(0), backOff.next(4_999), backOff.next(5_000)]).toEqual([100, 200, 100]);
});
