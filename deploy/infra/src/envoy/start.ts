import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, guard, startGuard } from "@gantry/testing";
import { ownDirectory } from "../own-directory.ts";
import { type EnvoyAdmin, findAdmin } from "./admin.ts";
import { envoyBinary } from "./install.ts";
import { validate } from "./validate.ts";

/** What Envoy is started with. */
export interface EnvoyOptions {
  /** The whole configuration (JSON). Port 0 takes a free one. */
  readonly config: string;
  /** Its environment, all of it: `GATEWAY_IAM_TOKEN`. */
  readonly env: Readonly<Record<string, string>>;
  /** Worker threads. Default 1. */
  readonly concurrency?: number;
  /** How long `drain` waits for running requests, in milliseconds. Default 5,000. */
  readonly drainMs?: number;
  /** Starts it unchecked: for tests of what Envoy does with a script that this would refuse. Default true. */
  readonly validate?: boolean;
}

/** A running Envoy that belongs to this process, and ends with it, `kill -9` included. */
export interface EnvoyProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` of its listener. */
  readonly url: string;
  /** Origin of its admin interface. */
  readonly admin: string;
  readonly pid: number;
  /** The last 8,000 characters of its access log and its own log. */
  log(): string;
  /** Stops accepting, waits until no request runs or `drainMs` are over, ends. Idempotent. */
  drain(): Promise<void>;
  /** Ends it as a crash does. Resolves when it is gone. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 5_000;

/**
 * Starts a real Envoy, installing it first if need be (a few seconds once). Resolves when it serves.
 *
 * @throws Error with what Envoy said: about a configuration that it refuses, or when it does not come up. Nothing keeps running
 * then.
 */
export async function startEnvoy(options: EnvoyOptions): Promise<EnvoyProcess> {
  startGuard();
  const binary = await envoyBinary();
  const own = await ownDirectory("gantry-envoy-");
  try {
    const config = join(own.path, "envoy.json");
    await writeFile(config, options.config, { mode: 0o600 });
    if (options.validate ?? true) await validate(binary, config, options.env);
    const launched = launch(binary, config, options);
    return await running(launched, join(own.path, "admin"), options, own.remove);
  } catch (error) {
    await own.remove();
    throw error;
  }
}

interface Launched {
  readonly child: ChildProcess;
  said(): string;
}

/** The access log is written at once, not every ten seconds: who reads it is waiting. */
const flush = ["--file-flush-interval-msec", "100"];

function launch(binary: string, config: string, { env, concurrency = 1 }: EnvoyOptions): Launched {
  const adminFile = join(config, "..", "admin");
  const flags = ["--concurrency", String(concurrency), "--disable-hot-restart", "--log-level", "warning", ...flush];
  const child = spawn(binary, ["-c", config, "--admin-address-path", adminFile, ...flags], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child, { graceMs: 1_000 });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text = (text + String(chunk)).slice(-8_000);
    });
  }
  return { child, said: () => text };
}

async function running(
  { child, said }: Launched,
  adminFile: string,
  { drainMs = 5_000 }: EnvoyOptions,
  removeFolder: () => Promise<void>,
): Promise<EnvoyProcess> {
  const stop = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    await end(child, signal);
    await removeFolder();
  };
  try {
    const probe = () => (isOver(child) ? undefined : findAdmin(adminFile));
    const admin = await eventually(probe, { withinMs: READY_WITHIN_MS, everyMs: 20 });
    if (admin === undefined) throw new Error(`it ended with code ${child.exitCode}`);
    return {
      url: `http://127.0.0.1:${await admin.listenerPort()}`,
      admin: admin.url,
      pid: child.pid ?? 0,
      log: said,
      async drain() {
        await letFinish(child, admin, drainMs);
        await stop("SIGTERM");
      },
      kill: () => stop("SIGKILL"),
      [Symbol.asyncDispose]: () => stop("SIGKILL"),
    };
  } catch (cause) {
    await stop("SIGKILL");
    throw new Error(`Envoy did not come up: ${said()}`, { cause });
  }
}

async function letFinish(child: ChildProcess, admin: EnvoyAdmin, drainMs: number): Promise<void> {
  if (isOver(child)) return;
  await admin.stopAccepting();
  const isQuiet = async () => isOver(child) || (await admin.activeRequests()) === 0;
  // What is not over by then is cut: that is what the bound is for.
  await eventually(isQuiet, { withinMs: drainMs, everyMs: 20 }).catch(() => undefined);
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (isOver(child) || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}
