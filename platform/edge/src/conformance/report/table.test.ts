import { expect, test } from "vitest";
import type { Outcome } from "./results.ts";
import { table } from "./table.ts";

const outcome = (gateway: string, id: string, result: Outcome["outcome"], why?: string): Outcome => ({
  gateway,
  id,
  sentence: "is so",
  outcome: result,
  ...(why === undefined ? {} : { why }),
});

const outcomes = [
  outcome("node", "a", "as all"),
  outcome("Envoy", "a", "as all"),
  outcome("node", "b", "as all"),
  outcome("Envoy", "b", "differs", "it cannot"),
  outcome("node", "c | d", "FAILED"),
];

test("the table shows where gateways are not the same, why, and how many there were", () => {
  expect(table(outcomes, false).split("\n")).toEqual([
    "| case | Envoy | node |",
    "| --- | --- | --- |",
    "| b | differs | as all |",
    "| c \\| d | not run | FAILED |",
    "",
    "Envoy differs in b: it cannot",
    "Envoy: 2 cases, 1 as all, 1 differ, 0 failed",
    "node: 3 cases, 2 as all, 0 differ, 1 failed",
  ]);
});

test("on demand the table shows every case", () => {
  expect(table(outcomes, true)).toContain("| a | as all | as all |");
});
