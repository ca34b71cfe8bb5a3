import type { StageResult } from "./stage.ts";

/** One line per stage, with its seconds and tests. */
export function summaryOf(results: readonly StageResult[]): string {
  const lines = results.map(({ name, state, seconds, tests }) => {
    const counted = tests.passed + tests.failed > 0 ? `: ${tests.passed} tests passed, ${tests.failed} failed` : "";
    return `  ${state.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s  ${name}${counted}`;
  });
  return `\n${lines.join("\n")}\n\n`;
}

/**
 * `N passed, N failed`: tests, plus one for each stage. A stage that failed counts as one more failure, whether or not
 * its tests did: a test run can also fail by never starting.
 */
export function closingLine(results: readonly StageResult[]): string {
  const count = (state: StageResult["state"]) => results.filter((result) => result.state === state).length;
  const passed = results.reduce((sum, { tests }) => sum + tests.passed, count("passed"));
  const failed = results.reduce((sum, { tests }) => sum + tests.failed, count("failed"));
  return `${passed} passed, ${failed} failed`;
}
