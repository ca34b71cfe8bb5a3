import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { ownEnvironment } from "./config.ts";
import { countTests } from "./count-tests.ts";
import type { Stage, StageResult } from "./stage.ts";

/** What running stages needs. */
export interface StagesOptions {
  /** Root of the clone. */
  readonly root: string;
  /** Receives what the stages print, and a line before and after each. */
  readonly write: (text: string) => void;
}

const marks = { passed: "✓", failed: "✗", skipped: "·" };

/** Runs every stage, one after another, whatever became of those before. */
export async function runStages(stages: readonly Stage[], options: StagesOptions): Promise<readonly StageResult[]> {
  const results: StageResult[] = [];
  for (const [index, stage] of stages.entries()) {
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

/** Runs the stage's program, passing on what it prints as it comes. One that is not there ends with 127. */
function execute({ command: [program, ...args], env, folder = "." }: Stage, { root, write }: StagesOptions) {
  const child = spawn(program, args, {
    cwd: join(root, folder),
    env: { ...ownEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const hear = (chunk: unknown) => {
    output += String(chunk);
    write(String(chunk));
  };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", hear);
  return new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    child.once("error", (error) => {
      hear(`${error.message}\n`);
      resolve({ code: 127, output });
    });
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
