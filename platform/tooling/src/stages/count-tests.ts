import { stripVTControlCharacters } from "node:util";
import type { TestCount } from "./stage.ts";

/** vitest's closing line, also behind turbo's prefix: `pkg:test:  Tests  1 failed | 11 passed | 2 skipped (14)`. */
const closing = /^(?:\S+: )?\s*Tests\s+(.*)\(\d+\)\s*$/;

/** Adds up what every vitest run in an output counted. */
export function countTests(output: string): TestCount {
  const lines = stripVTControlCharacters(output).split("\n");
  const counts = lines.map((line) => closing.exec(line)?.[1] ?? "");
  return { passed: sum(counts, /(\d+) passed/), failed: sum(counts, /(\d+) failed/) };
}

const sum = (counts: readonly string[], pattern: RegExp) =>
  counts.reduce((total, count) => total + Number(pattern.exec(count)?.[1] ?? 0), 0);
