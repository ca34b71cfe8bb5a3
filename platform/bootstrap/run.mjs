#!/usr/bin/env node
// The first thing every npm script of this repository runs. Puts Node 24 and the dependencies in place, then runs the
// script of that name from package.json under them:
//
//   node platform/bootstrap/run.mjs in:start [arguments]
//   node platform/bootstrap/run.mjs --soft in:doctor      run with whatever is there, install nothing
//
// Plain JavaScript without dependencies: it must run on Node 18, before anything is installed.
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./lib/dependencies.mjs";
import { handOver } from "./lib/hand-over.mjs";
import { cleanEnvironment } from "./lib/outer-npm.mjs";
import { prepareKafka } from "./lib/prepare-kafka.mjs";
import { BootstrapError, explain } from "./lib/problems.mjs";
import { ensureToolchain, presentToolchain } from "./lib/toolchain.mjs";

const root = resolve(fileURLToPath(import.meta.url), "..", "..", "..");
const [first, ...rest] = process.argv.slice(2);
const soft = first === "--soft";
const [script, ...args] = soft ? rest : [first, ...rest];

try {
  if (script === undefined) throw new BootstrapError("no script named; for example: npm start");
  const env = cleanEnvironment(root, process.env);
  const toolchain = soft ? presentToolchain(root) : await ensureToolchain(root, env);
  if (!soft) await ensureDependencies(root, toolchain, env);
  const path = [...toolchain.path, join(root, "node_modules", ".bin"), env.PATH].join(":");
  const inner = { ...env, ...toolchain.env, PATH: path };
  if (!soft) prepareKafka(script, inner);
  process.exitCode = await handOver(root, script, args, inner);
} catch (error) {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exitCode = 1;
}
