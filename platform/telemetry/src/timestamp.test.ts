import { expect, test } from "vitest";
import { isoClock } from "./timestamp.ts";

test("writes what Date writes, second after second and back", () => {
  const iso = isoClock();
  const start = Date.UTC(2026, 10, 21, 10, 59, 59);
  for (const ms of [0, 7, 42, 999, 1000, 1001, 2500, 999, 0, 86_400_000]) {
    expect(iso(start + ms)).toBe(new Date(start + ms).toISOString());
  }
});
