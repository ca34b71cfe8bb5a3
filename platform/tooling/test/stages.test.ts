import { describe, expect, test } from "vitest";
import { countTests } from "../src/stages/count-tests.ts";
import { stageLists } from "../src/stages/lists.ts";
import { runStages } from "../src/stages/run-stages.ts";
import type { Stage } from "../src/stages/stage.ts";
import { closingLine, summaryOf } from "../src/stages/summary.ts";

const node = (code: string): Stage["command"] => [process.execPath, "-e", code];

async function run(...stages: readonly Stage[]) {
  let text = "";
  const results = await runStages(stages, {
    root: process.cwd(),
    write: (more) => {
      text += more;
    },
  });
  return { results, text };
}

describe("counting tests", () => {
  test("adds up vitest's closing lines, with colours and behind turbo's prefix", () => {
    const output = [
      "\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m12 passed\u001b[39m\u001b[22m\u001b[90m (12)\u001b[39m",
      "@gantry/mongo:test:       Tests  1 failed | 19 passed | 3 skipped (23)",
      "@gantry/infra:test:       Tests  1 skipped (1)",
      " Test Files  3 passed (3)",
    ].join("\n");
    expect(countTests(output)).toEqual({ passed: 31, failed: 1 });
  });

  test("takes nothing else for a count", () => {
    expect(countTests("Tests are fun, 100 passed (100) of them\nmyTests  5 passed (5)")).toEqual({
      passed: 0,
      failed: 0,
    });
  });
});

describe("running stages", () => {
  test("goes on after a failure, and counts it", async () => {
    const { results, text } = await run(
      { name: "bad", command: node("process.exit(3)") },
      { name: "good", command: node("console.log('      Tests  2 passed (2)')") },
    );
    expect(results.map(({ state }) => state)).toEqual(["failed", "passed"]);
    expect(text).toContain("✗ bad: failed");
    expect(closingLine(results)).toBe("3 passed, 1 failed");
  });

  test("a stage whose tests failed counts as one more failure", async () => {
    const { results } = await run({
      name: "t",
      command: node("console.log(' Tests  1 failed | 4 passed (5)'); process.exit(1)"),
    });
    expect(closingLine(results)).toBe("4 passed, 2 failed");
    expect(summaryOf(results)).toContain("t: 4 tests passed, 1 failed");
  });

  test("a program that is not there fails its stage", async () => {
    const { results } = await run({ name: "x", command: ["no-such-program-here"] });
    expect(closingLine(results)).toBe("0 passed, 1 failed");
  });

  test("leaves out what a machine has no means for, and says why", async () => {
    const needs: Stage["needs"] = { command: ["no-such-program-here"], otherwise: "it drives the suite" };
    const { results, text } = await run({ name: "x", command: node("process.exit(1)"), needs });
    expect(closingLine(results)).toBe("0 passed, 0 failed");
    expect(text).toContain("it drives the suite; here this fails: no-such-program-here");
  });

  test("when told to end, ends the stage that runs with all that it started, and begins no other", async () => {
    // The other one holds the stage's output open: the stage is over when both have ended, and not before.
    const other = "console.log('other runs'); setInterval(() => {}, 1000)";
    const code = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(other)}], { stdio: "inherit" })`;
    const interrupt = new AbortController();
    const write = (text: string) => {
      if (text.includes("other runs")) interrupt.abort();
    };
    const stages = [
      { name: "endless", command: node(code) },
      { name: "next", command: node("") },
    ];
    const results = await runStages(stages, { root: process.cwd(), write, signal: interrupt.signal });
    expect(results.map(({ name, state }) => `${name} ${state}`)).toEqual(["endless failed"]);
  });

  test("gives a stage its variables", async () => {
    const code = "process.exit(process.env.COLOUR === 'blue' ? 0 : 1)";
    expect((await run({ name: "x", command: node(code), env: { COLOUR: "blue" } })).results[0]?.state).toBe("passed");
  });
});

test("CI runs all that npm run all does, and that all that npm run lint does", () => {
  const names = (list: string) => stageLists[list]?.map(({ name }) => name) ?? [];
  expect(names("ci")).toEqual(expect.arrayContaining(names("all")));
  expect(names("all")).toEqual(expect.arrayContaining(names("lint")));
});
