import { expect, test } from "vitest";
import { topology } from "./topology.ts";
import { affected, matters } from "./watch.ts";

const inventory = topology.find(({ name }) => name === "inventory")?.directory;

test("a file of one service restarts that service", () => {
  expect(affected(topology, new Set([`${inventory}/src/main.ts`]))).toEqual(["inventory"]);
});

test("a file that all share restarts all", () => {
  expect(affected(topology, new Set(["/elsewhere/kernel/src/money.ts"]))).toEqual(topology.map(({ name }) => name));
});

test.each([
  ["src/main.ts", true],
  ["migrations/0002_add.sql", true],
  ["src/main.test.ts", false],
  ["test/helper.ts", false],
  ["dist/src/main.js", false],
  ["node_modules/pg/lib/index.js", false],
  ["README.md", false],
])("whether %s matters: %s", (file, expected) => {
  expect(matters(file)).toBe(expected);
});
