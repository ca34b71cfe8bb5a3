import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { guard, startGuard } from "../guard.ts";
import type { Binaries } from "./binaries.ts";
import { dataDirectoryArgument } from "./data-directory.ts";
import type { RunAs } from "./run-as.ts";

/** How to start one server. */
export interface ServerOptions {
  readonly binaries: Binaries;
  readonly user: RunAs;
  readonly directory: string;
  readonly port: number;
  readonly durable: boolean;
  /** Receives each line the server logs. */
  readonly onLog: (line: string) => void;
}

const READY = "database system is ready to accept connections";
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

/** Starts a server and waits until it takes connections. Nothing of it is left when this throws. */
export async function startServer(options: ServerOptions): Promise<ChildProcess> {
  startGuard();
  const { binaries, directory, user } = options;
  const child = spawn(binaries.postgres, serverArguments(options), {
    cwd: directory,
    // Its own session: a Ctrl-C in the terminal is for the launcher, which stops the database last.
    detached: true,
    env: { LC_ALL: "C" },
    stdio: ["ignore", "ignore", "pipe"],
    ...user,
  });
  guard(child, { signal: "SIGINT", graceMs: 5_000 });
  try {
    await ready(child, options.onLog);
    return child;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function serverArguments({ directory, port, durable }: ServerOptions): string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "300",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off", shared_buffers: "32MB" }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", dataDirectoryArgument(directory), "-p", String(port), ...flags];
}

async function ready(child: ChildProcess, onLog: (line: string) => void): Promise<void> {
  const tail: string[] = [];
  const seen = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`PostgreSQL ended (${code}): ${tail.join(" | ")}`)));
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on("line", (line) => {
      tail.push(line);
      if (tail.length > 20) tail.shift();
      onLog(line);
      if (line.includes(READY)) resolve();
    });
  });
  const timer = new AbortController();
  const late = delay(READY_WITHIN_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`PostgreSQL is not ready after ${READY_WITHIN_MS / 1_000} s: ${tail.join(" | ")}`);
  });
  await Promise.race([seen, late]).finally(() => {
    timer.abort();
    late.catch(() => {});
  });
}

/** Ends the server: open transactions are rolled back, committed ones are on disk. Kills it when it does not go. */
export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}
