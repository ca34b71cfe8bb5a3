import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../free-port.ts";
import { guardFolder } from "../guard.ts";
import { type TempDir, tempDir } from "../temp-dir.ts";
import { locateBinaries } from "./binaries.ts";
import { prepareDataDirectory } from "./data-directory.ts";
import { clearLeftover } from "./leftover.ts";
import { runAs } from "./run-as.ts";
import { type ServerOptions, startServer, stopServer } from "./server-process.ts";

const DEFAULT_WAIT_MS = 10_000;
const RETRY_MS = 50;

/** Where and how an embedded PostgreSQL runs. */
export interface EmbeddedPostgresOptions {
  /** Data directory, made when missing and kept. Without it: a new one, deleted by `stop`. */
  readonly directory?: string;
  /** Survives a power cut (fsync). Default false: faster, and survives only `kill -9` of the server. */
  readonly durable?: boolean;
  /** TCP port of 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Milliseconds to wait for an earlier server on the directory to go. Default 10,000. */
  readonly waitMs?: number;
  /** Receives each line the server logs. Default: nobody. */
  readonly onLog?: (line: string) => void;
}

/** A running PostgreSQL 18 that belongs to this process. */
export interface EmbeddedPostgres extends AsyncDisposable {
  readonly port: number;
  /** The postmaster's process id. */
  readonly pid: number;
  /** Settles when the server has ended, wanted or not. Never rejects. */
  readonly exited: Promise<void>;
  /** Connection URL of a database, password included. Does not check that the database exists. */
  url(database: string): string;
  /** Makes a database unless it is there, and returns its URL. Safe to call many times at once. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server and deletes a directory it made itself. Waits at most ten seconds before it kills; idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL from npm packages alone: no installation, no container. About half a second for a new
 * directory, a few hundredths for an existing one.
 *
 * Runs as `nobody` when this process is root. Listens on 127.0.0.1 only, with a password that lies in the data directory
 * (mode 0600). Ends when this process ends, `kill -9` included. A directory serves one server at a time: a second start
 * waits for the first to go (`waitMs`), then throws.
 *
 * @throws Error saying what to do, when the platform has no binaries, the directory is of another version or in use, or
 * the server does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const own = options.directory === undefined ? await ownDirectory() : undefined;
  try {
    return await start(resolve(own?.path ?? options.directory ?? ""), options, async () => own?.remove());
  } catch (error) {
    await own?.remove();
    throw error;
  }
}

/** A data directory that is deleted at the end, also when this process is killed: it is 50 MB and more. */
async function ownDirectory(): Promise<Pick<TempDir, "path" | "remove">> {
  const { path, remove } = await tempDir("gantry-postgres-");
  const forget = guardFolder(path);
  return {
    path,
    async remove() {
      await remove();
      forget();
    },
  };
}

async function start(directory: string, options: EmbeddedPostgresOptions, cleanUp: () => Promise<void>) {
  const user = runAs();
  const binaries = await locateBinaries(user);
  await clearLeftover(directory, options.waitMs ?? DEFAULT_WAIT_MS);
  const password = await prepareDataDirectory(directory, binaries, user);
  const { durable = false, onLog = () => {}, waitMs = DEFAULT_WAIT_MS } = options;
  const { child, port } = await startOnPort({ binaries, user, directory, durable, onLog }, options.port, waitMs);
  return handle(child, port, password, cleanUp);
}

/**
 * Tries again where the next try can do better: a free port was taken before the server had it, or backends of a killed
 * server are still on their way out and hold its shared memory.
 */
async function startOnPort(server: Omit<ServerOptions, "port">, fixed: number | undefined, waitMs: number) {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const port = fixed ?? (await freePort());
    try {
      return { port, child: await startServer({ ...server, port }) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : "";
      const taken = fixed === undefined && reason.includes("could not bind");
      const occupied = reason.includes("pre-existing shared memory block");
      if (!(taken || occupied) || Date.now() >= deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}

function handle(child: ChildProcess, port: number, password: string, cleanUp: () => Promise<void>): EmbeddedPostgres {
  const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  const stop = async () => {
    await stopServer(child);
    await cleanUp();
  };
  return {
    port,
    pid: child.pid ?? 0,
    exited: new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once("exit", () => resolve());
    }),
    url,
    createDatabase: async (name) => {
      await createDatabase(url("postgres"), name);
      return url(name);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const DUPLICATE_DATABASE = "42P04";
/** What the loser of two CREATE DATABASE at the same moment gets: the catalogue's unique index. */
const UNIQUE_VIOLATION = "23505";

/** Makes the database `name` on the server that `adminUrl` leads to, unless it is there. */
export async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== DUPLICATE_DATABASE && code !== UNIQUE_VIOLATION) throw error;
  } finally {
    await client.end();
  }
}
