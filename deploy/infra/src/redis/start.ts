import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startGuard } from "@gantry/testing";
import { ownDirectory } from "../own-directory.ts";
import { quietPort } from "../quiet-port.ts";
import { installRedis } from "./install.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { redisConf } from "./settings.ts";

/** Where a server runs. */
export interface RedisOptions {
  /** Data directory, kept, with its port. Without it: a new one, deleted by `stop`. */
  readonly directory?: string;
  /** What clients must say first: 1 to 128 characters of `A-Z a-z 0-9 _ -`. Without it: nothing. */
  readonly password?: string;
}

/** A running Redis that belongs to this process, and ends with it, `kill -9` included. */
export interface RedisServer extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>`, with the password. The same for its whole life. */
  readonly url: string;
  /** Of the process that runs now; another one after `restart`. */
  readonly pid: number;
  /** Ends the process, by default as a crash does, and keeps its data. Resolves when it is gone. */
  kill(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Starts it on its port and data again, ending it in order first if it runs. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it; deletes a directory it made itself. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a real Redis without containers or root, unpacking it first if need be (about a second once). Listens on
 * 127.0.0.1 only. As durable as production should be: an append-only file, synced every second, and no eviction. Resolves
 * when it answers commands.
 *
 * @throws Error saying what is missing (apt-get, dpkg-deb) or what a server said that did not come up; nothing keeps
 * running then.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  startGuard();
  const { password } = checked(options);
  const program = await installRedis();
  const own = options.directory === undefined ? await ownDirectory("gantry-redis-") : undefined;
  const directory = resolve(own?.path ?? options.directory ?? "");
  const port = await portOf(directory);
  const settings = join(directory, "redis.conf");
  await writeFile(settings, redisConf({ port, directory: join(directory, "data"), password }), { mode: 0o600 });
  const start = () => startServer({ program, settings, port, password });

  let running: ServerProcess | undefined;
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    await running?.end(signal);
    running = undefined;
  };
  const stop = async (): Promise<void> => {
    // What is deleted anyway needs no orderly end.
    await end(own === undefined ? "SIGTERM" : "SIGKILL");
    await own?.remove();
  };
  const restart = async (): Promise<void> => {
    await end("SIGTERM");
    running = await start();
  };

  try {
    running = await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`,
    get pid() {
      return running?.pid ?? 0;
    },
    kill: (signal = "SIGKILL") => end(signal),
    restart,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Other characters would need quoting in three places. */
function checked(options: RedisOptions): RedisOptions {
  const { password } = options;
  if (password === undefined || /^[\w-]{1,128}$/.test(password)) return options;
  throw new Error("the password must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -");
}

/** The port of a directory that had a server wins: its clients know it. */
async function portOf(directory: string): Promise<number> {
  await mkdir(join(directory, "data"), { recursive: true });
  const file = join(directory, "port");
  const kept = Number(await readFile(file, "utf8").catch(() => "0"));
  if (kept > 0) return kept;
  const port = await quietPort();
  await writeFile(file, String(port));
  return port;
}
