import { expect, test } from "vitest";
import { isUuid, uuidv7 } from "./uuid.ts";

const timeOf = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

test("makes version 7 of the RFC's variant", () => {
  expect(uuidv7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("begins with the millisecond it was made in", () => {
  const before = Date.now();
  const id = uuidv7();
  expect(timeOf(id)).toBeGreaterThanOrEqual(before);
  expect(timeOf(id)).toBeLessThanOrEqual(Date.now());
});

test("sorts by the millisecond", async () => {
  const earlier = uuidv7();
  const madeAt = timeOf(earlier);
  while (Date.now() <= madeAt) await new Promise(setImmediate);
  expect(uuidv7() > earlier).toBe(true);
});

test("never repeats", () => {
  const many = Array.from({ length: 10_000 }, uuidv7);
  expect(new Set(many).size).toBe(many.length);
});

test.each([uuidv7(), "0f8fad5b-d9cb-469f-a165-70867728950e"])("knows %s as a UUID", (id) => {
  expect(isUuid(id)).toBe(true);
});

test.each([
  "",
  "0F8FAD5B-D9CB-469F-A165-70867728950E",
  "{0f8fad5b-d9cb-469f-a165-70867728950e}",
  "0f8fad5bd9cb469fa16570867728950e",
  "0f8fad5b-d9cb-469f-a165-70867728950e\n",
  "0f8fad5b-d9cb-069f-a165-70867728950e",
  "0f8fad5b-d9cb-469f-c165-70867728950e",
  "00000000-0000-0000-0000-000000000000",
])("refuses %j", (text) => {
  expect(isUuid(text)).toBe(false);
});
