import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { eventually, freePort, guard, startGuard, tempDir } from "@gantry/testing";
import { MongoClient } from "mongodb";
import { installMongo, type MongoProgram } from "./install.ts";

/** Where a server runs. */
export interface MongoOptions {
  /** Data directory, kept. Without it: a new one, deleted by `stop`. */
  readonly directory?: string;
  /** TCP port of 127.0.0.1. Default: a free one. */
  readonly port?: number;
}

/** A running server that belongs to this process, and ends with it. */
export interface MongoServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Ends it; deletes a directory it made itself. Idempotent. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;

/**
 * Starts a server that speaks MongoDB's protocol, installing it first if need be (about ten seconds once). It is not
 * mongod: what it lacks is in this package's README. Resolves when it answers commands.
 *
 * @throws Error with what the server said when it does not come up; nothing keeps running then.
 */
export async function startMongo(options: MongoOptions = {}): Promise<MongoServer> {
  startGuard();
  const program = await installMongo();
  const own = options.directory === undefined ? await tempDir("gantry-mongo-") : undefined;
  const directory = resolve(own?.path ?? options.directory ?? "");
  const port = options.port ?? (await freePort());
  const { child, said } = await launch(program, directory, port);
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const stop = async () => {
    await end(child);
    await own?.remove();
  };
  try {
    await eventually(() => hello(url, child), { withinMs: READY_WITHIN_MS, everyMs: 100 });
  } catch (cause) {
    await stop();
    throw new Error(`the MongoDB-wire server did not come up: ${said()}`, { cause });
  }
  return { url, pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop };
}

async function launch(program: MongoProgram, directory: string, port: number) {
  const data = join(directory, "data");
  await mkdir(data, { recursive: true });
  // An empty file of our own: it looks for no configuration elsewhere then.
  const settings = join(directory, "server.toml");
  await writeFile(settings, "");
  const where = ["--config", settings, "--host", "127.0.0.1", "--port", String(port), "--storage-path", data];
  const child = spawn(program.command, [...program.args, ...where, "--cache-size", "128M", "--log-level", "WARNING"], {
    detached: true,
    env: program.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child, { graceMs: 5_000 });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text = (text + String(chunk)).slice(-4_000);
    });
  }
  return { child, said: () => text };
}

/** Ready is what answers a command as a primary, not what has an open port. */
async function hello(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 1_500 });
  try {
    return (await client.db("admin").command({ hello: 1 })).isWritablePrimary === true;
  } finally {
    await client.close();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}
