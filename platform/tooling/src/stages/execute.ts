import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ownEnvironment } from "./config.ts";
import type { Stage, StagesOptions } from "./stage.ts";

/** How a stage's program ended. */
export interface Execution {
  readonly code: number;
  readonly output: string;
}

/** A stage that was told to end has this long, in milliseconds. */
const END_WITHIN_MS = 10_000;

/**
 * Runs the stage's program, passing on what it prints as it comes. One that is not there ends with 127. It has a process
 * group of its own, which is ended as a whole when `signal` says so: a program it started must not outlive the run.
 */
export function execute(stage: Stage, { root, write, signal }: StagesOptions): Promise<Execution> {
  const {
    command: [program, ...args],
    env,
    folder = ".",
  } = stage;
  const child = spawn(program, args, {
    cwd: join(root, folder),
    detached: true,
    env: { ...ownEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const goOn = endWith(child, signal);
  let output = "";
  const hear = (chunk: unknown) => {
    output += String(chunk);
    write(String(chunk));
  };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", hear);
  return new Promise<Execution>((resolve) => {
    child.once("error", (error) => {
      hear(`${error.message}\n`);
      goOn();
      resolve({ code: 127, output });
    });
    child.once("close", (code) => {
      goOn();
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Ends the child's process group when `signal` says so. Returns what ends the listening. */
function endWith(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  let late: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child, "SIGTERM");
    late = setTimeout(() => signalGroup(child, "SIGKILL"), END_WITHIN_MS);
  };
  signal?.addEventListener("abort", end, { once: true });
  return () => {
    signal?.removeEventListener("abort", end);
    clearTimeout(late);
  };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}
