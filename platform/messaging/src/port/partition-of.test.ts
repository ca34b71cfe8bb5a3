import { expect, test } from "vitest";
import { partitionOf } from "./partition-of.ts";

/** From UtilsTest.testMurmur2 of Apache Kafka. */
const vectors: readonly (readonly [string, number])[] = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
];

test.each(vectors)("%s goes where Kafka's Java client sends it", (key, hash) => {
  expect(partitionOf(key, 2 ** 31)).toBe(hash & 0x7fffffff);
  expect(partitionOf(key, 12)).toBe((hash & 0x7fffffff) % 12);
});

test("a key is taken by its UTF-8 bytes, and may be empty", () => {
  for (const key of ["", "ж", "🚀🚀🚀"]) {
    expect(partitionOf(key, 7)).toBeGreaterThanOrEqual(0);
    expect(partitionOf(key, 7)).toBeLessThan(7);
  }
});
