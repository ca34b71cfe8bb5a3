import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ChildCommand, ChildOrders, ChildReport } from "./child-protocol.ts";
import type { BrokerProcesses } from "./harness.ts";

export type { ChildOrders } from "./child-protocol.ts";

/** A member in a process of its own. */
export interface ChildMember {
  /** All that it said so far. */
  readonly reports: readonly ChildReport[];
  /** `topic/partition` of each that it has, as it said last. */
  assigned(): readonly string[];
  /** The texts it was given, each once. */
  texts(): readonly string[];
  /** Calls back after each report. */
  onReport(listener: () => void): void;
  /** Lets it finish the batches it holds. */
  release(): void;
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** Leaves the group and ends; kills it if it does not. Idempotent. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 10_000;

/** Starts the child; resolves when it has joined. */
export async function startChildMember(
  processes: BrokerProcesses,
  orders: ChildOrders,
  withinMs: number,
): Promise<ChildMember> {
  const child = spawnMember(processes, orders);
  const reports: ChildReport[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    reports.push(JSON.parse(line));
    for (const listener of listeners) listener();
  });
  const say = (command: ChildCommand): void => {
    child.stdin.write(`${command}\n`);
  };
  const member: ChildMember = {
    reports,
    assigned: () => reports.findLast((report) => report.type === "assigned")?.partitions ?? [],
    texts: () => [...new Set(reports.flatMap((report) => (report.type === "batch" ? report.texts : [])))],
    onReport: (listener) => void listeners.add(listener),
    release: () => say("release"),
    signal: (signal) => void child.kill(signal),
    stop: () => end(child, say),
  };
  await joined(member, child, withinMs);
  return member;
}

function spawnMember(processes: BrokerProcesses, orders: ChildOrders) {
  const program = new URL(
    import.meta.url.endsWith(".ts") ? "./member-process.ts" : "./member-process.js",
    import.meta.url,
  );
  const conditions = import.meta.url.endsWith(".ts") ? ["--conditions=@gantry/source"] : [];
  const child = spawn(
    process.execPath,
    [...conditions, fileURLToPath(program), JSON.stringify({ ...processes, ...orders })],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  // A killed child closes its pipes under our hands.
  child.stdin.on("error", () => undefined);
  return child;
}

async function joined(member: ChildMember, child: ChildProcess, withinMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`the child did not join within ${withinMs} ms`)), withinMs);
  child.once("exit", () => reject(new Error("the child ended before it joined")));
  member.onReport(() => {
    if (member.reports.some(({ type }) => type === "joined")) resolve();
  });
  try {
    await promise;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function end(child: ChildProcess, say: (command: ChildCommand) => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  child.kill("SIGCONT");
  say("stop");
  await gone;
  clearTimeout(timer);
}
