import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { guard } from "@gantry/testing";
import type { Environment } from "../environment.ts";

/** One life of a service: from its start to its end. */
export interface Run {
  readonly pid: number | undefined;
  readonly startedAt: number;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Whether somebody asked for the end. Set it before asking. */
  expected: boolean;
  /** Signals the process alone. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL to the process and everything it started. */
  destroy(): void;
}

/** How a run ended. */
export interface RunEnd {
  /** Exit code; undefined when a signal ended it or it never started. */
  readonly code: number | undefined;
  /** The same for people: "exit code 1", "SIGKILL". */
  readonly how: string;
}

/** A program and its arguments. */
export type Program = readonly [program: string, ...args: string[]];

/** What every service is started with: its own source, below its folder. */
export const serviceProgram: Program = [process.execPath, "--conditions=@gantry/source", "src/main.ts"];

/** What a run is started with. */
export interface RunOptions {
  readonly program: Program;
  /** Its working directory. */
  readonly directory: string;
  readonly env: Environment;
  readonly onLine: (line: string) => void;
}

/** Starts a program, guarded, in a process group of its own. */
export function startRun({ program: [file, ...args], directory, env, onLine }: RunOptions): Run {
  const child = spawn(file, args, {
    cwd: directory,
    // A Ctrl-C in the terminal is for the launcher, which ends services in order.
    detached: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child, { group: true });
  for (const stream of [child.stdout, child.stderr]) readLines(stream, onLine);
  return {
    pid: child.pid,
    startedAt: Date.now(),
    ended: endOf(child),
    expected: false,
    signal: (signal) => void child.kill(signal),
    destroy: () => destroy(child),
  };
}

const readLines = (stream: Readable, onLine: (line: string) => void) =>
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", onLine);

function endOf(child: ChildProcess): Promise<RunEnd> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: undefined, how: error.message }));
    child.once("exit", (code, signal) => {
      resolve(code === null ? { code: undefined, how: String(signal) } : { code, how: `exit code ${code}` });
    });
  });
}

function destroy(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended in between.
  }
}
