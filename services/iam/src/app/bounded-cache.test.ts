import { expect, test } from "vitest";
import { BoundedCache } from "./bounded-cache.ts";

const now = new Date(1000);

test("a value is there until it is stale", () => {
  const cache = new BoundedCache<string>(2);
  cache.set("a", "1", 1001);
  expect(cache.get("a", now)).toBe("1");
  expect(cache.get("a", new Date(1001))).toBeUndefined();
  expect(cache.get("b", now)).toBeUndefined();
});

test("the oldest makes room, and what is set again is new", () => {
  const cache = new BoundedCache<string>(2);
  for (const key of ["a", "b", "a", "c"]) cache.set(key, key, 2000);
  expect(["a", "b", "c"].map((key) => cache.get(key, now))).toEqual(["a", undefined, "c"]);
});
