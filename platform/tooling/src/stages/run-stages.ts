import { spawnSync } from "node:child_process";
import { countTests } from "./count-tests.ts";
import { execute } from "./execute.ts";
import type { Stage, StageResult, StagesOptions } from "./stage.ts";

const marks = { passed: "✓", failed: "✗", skipped: "·" };

/** Runs every stage, one after another, whatever became of those before, until `signal` ends the one that runs. */
export async function runStages(stages: readonly Stage[], options: StagesOptions): Promise<readonly StageResult[]> {
  const results: StageResult[] = [];
  for (const [index, stage] of stages.entries()) {
    if (options.signal?.aborted) break;
    options.write(`\n▶ ${index + 1}/${stages.length} ${stage.name}\n`);
    const result = await runStage(stage, options);
    options.write(`${marks[result.state]} ${stage.name}: ${result.state}, ${result.seconds.toFixed(1)} s\n`);
    results.push(result);
  }
  return results;
}

async function runStage(stage: Stage, options: StagesOptions): Promise<StageResult> {
  const { name, needs } = stage;
  if (needs !== undefined && !works(needs.command)) {
    options.write(`left out: ${needs.otherwise}; here this fails: ${needs.command.join(" ")}\n`);
    return { name, state: "skipped", seconds: 0, tests: { passed: 0, failed: 0 } };
  }
  const startedAt = Date.now();
  const { code, output } = await execute(stage, options);
  const seconds = (Date.now() - startedAt) / 1_000;
  return { name, state: code === 0 ? "passed" : "failed", seconds, tests: countTests(output) };
}

const works = ([program, ...args]: readonly [string, ...string[]]) => spawnSync(program, args).status === 0;
