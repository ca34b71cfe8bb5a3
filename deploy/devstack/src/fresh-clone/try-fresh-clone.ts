import { join } from "node:path";
import { eventually, processStart, tempDir } from "@gantry/testing";
import type { Finding, Report } from "../demo/report.ts";
import { readRunFile } from "../run-file.ts";
import { type Machine, prepareMachine, type Running, succeed } from "./machine.ts";

const FIRST_START_MS = 300_000;
const WARM_START_MS = 30_000;
const STOP_MS = 15_000;

/** Walks through a new user's first minutes, and ends a launcher in both ways. Ends at the first step that goes wrong. */
export async function tryFreshClone({ step }: Report): Promise<void> {
  await using folder = await tempDir("gantry-clone-");
  const machine = await step(
    "clone into a home of mode 0700, with Node 18",
    timed(() => prepareMachine(folder.path)),
  );
  await step(
    "npm run doctor, nothing installed",
    timed(() => succeed(machine.run("npm", "run", "doctor"))),
  );

  const first = await step(
    "npm start",
    timed(() => startSystem(machine, FIRST_START_MS)),
  );
  await step(
    "npm run demo",
    timed(() => succeed(machine.run("npm", "run", "demo"))),
  );
  await step(
    "a second npm start is refused",
    timed(() => refused(machine)),
  );
  await step(
    "one interrupt stops everything",
    timed(() => stopSystem(first, "SIGINT")),
  );

  const second = await step(
    "npm start again, warm",
    timed(() => startSystem(machine, WARM_START_MS)),
  );
  await step(
    "kill -9 of the launcher leaves nothing",
    timed(() => stopSystem(second, "SIGKILL")),
  );
}

/** A step's act whose note is how long it took. */
function timed<T>(act: () => Promise<T>): () => Promise<Finding<T>> {
  return async () => {
    const startedAt = Date.now();
    const found = await act();
    return { found, note: `${((Date.now() - startedAt) / 1_000).toFixed(1)} s` };
  };
}

/** A started system: npm in the foreground, and every process that must go with it. */
interface StartedSystem {
  readonly npm: Running;
  readonly launcher: number;
  readonly pids: readonly number[];
}

async function startSystem(machine: Machine, withinMs: number): Promise<StartedSystem> {
  const npm = machine.run("npm", "start");
  let code: number | undefined;
  void npm.ended.then((end) => {
    code = end;
  });
  await eventually(() => code !== undefined || npm.text().includes("Ready in"), { withinMs, everyMs: 100 });
  if (code !== undefined) await succeed(npm);
  const running = await readRunFile(join(machine.clone, ".gantry"));
  if (running === undefined) throw new Error("it says it is ready, but there is no run.json");
  const pids = [...npm.text().matchAll(/^ {2}\S+ +pid (\d+)/gm)].map(([, pid]) => Number(pid));
  if (pids.length <= Object.keys(running.opsUrls).length)
    throw new Error(`the table names too few processes: ${npm.text()}`);
  return { npm, launcher: running.pid, pids: [...pids, running.pid] };
}

async function stopSystem({ npm, launcher, pids }: StartedSystem, signal: NodeJS.Signals): Promise<void> {
  process.kill(launcher, signal);
  const left = () => pids.filter((pid) => processStart(pid) !== undefined);
  await eventually(() => left().length === 0, { withinMs: STOP_MS });
  await npm.ended;
}

async function refused(machine: Machine): Promise<void> {
  const again = machine.run("npm", "start");
  const code = await again.ended;
  if (code === 0 || !again.text().includes("already running")) throw new Error(`exit code ${code}: ${again.text()}`);
}
