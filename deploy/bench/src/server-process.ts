import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { guard } from "@gantry/testing";
import { inherited } from "./config.ts";

/** A server under load, in a process of its own so that it does not share an event loop with the load. */
export interface ServerProcess {
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerStart {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly argument?: string;
}

/** Starts `servers/<file>`, which prints its port as its first line. */
export async function startServer(file: string, { env = {}, argument }: ServerStart = {}): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`servers/${file}`, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@gantry/source", path, ...(argument ? [argument] : [])], {
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  guard(child);
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await Promise.race([lines.next(), exited.then(() => undefined)]);
  if (first === undefined || first.done) throw new Error(`${file} ended before it listened`);
  return {
    port: Number(first.value),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
