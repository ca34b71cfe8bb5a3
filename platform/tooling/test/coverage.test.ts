import { describe, expect, test } from "vitest";
import { judgeCoverage, type Measured } from "../src/coverage/judge.ts";
import { gateOf } from "../src/coverage/packages.ts";
import { shownCoverage, withCoverage } from "../src/coverage/readme-number.ts";

const messages = (change: Partial<Measured>) =>
  judgeCoverage({ folder: "services/order", gate: 80, percent: 85.4, shown: 85, ...change }).map(
    ({ message }) => message,
  );

describe("coverage", () => {
  test("is accepted when it is over the gate and the README is right to a point", () => {
    expect(messages({})).toEqual([]);
    expect(messages({ percent: 86, shown: 85 })).toEqual([]);
  });

  test.each<[string, Partial<Measured>, string]>([
    ["too low", { percent: 79.99, shown: 79 }, "covers 79.99 % of statements, not 80 %"],
    ["prettier in the README", { shown: 95 }, "shows 95 % coverage, measured are 85.4 %"],
    ["better than the README says", { percent: 86.1 }, "shows 85 % coverage, measured are 86.1 %"],
    ["not shown by a service", { shown: undefined }, "does not show its coverage"],
    ["not measured", { percent: undefined }, "was not measured"],
  ])("is refused when it is %s", (_what, change, message) => {
    expect(messages(change)).toEqual([message]);
  });

  test("need not be shown by a platform package", () => {
    expect(messages({ folder: "platform/rpc", shown: undefined })).toEqual([]);
  });
});

test("the gates are those of the design", () => {
  const folders = ["services/order", "services/payment", "services/inventory", "platform/rpc", "deploy/e2e"];
  expect(folders.map(gateOf)).toEqual([80, 80, 70, 80, undefined]);
});

test("the number in a README can be read and replaced, rounded down", () => {
  const readme = "Coverage: <!-- coverage -->0 %<!-- /coverage --> of statements.";
  expect(shownCoverage(withCoverage(readme, 91.97))).toBe(91);
  expect(shownCoverage("no marker")).toBeUndefined();
});
