import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { guard } from "@gantry/testing";
import { inherited } from "./config.ts";

/** A server under load, in a process of its own so that it does not share an event loop with the load. */
export interface ServerProcess {
  readonly port: number;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
}

export interface ServerStart {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Receives each line after the first. */
  readonly onLine?: (line: string) => void;
}

/** Starts `servers/<file>`, which prints its port as its first line. */
export async function startServer(
  file: string,
  { env = {}, args = [], onLine }: ServerStart = {},
): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`servers/${file}`, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@gantry/source", path, ...args], {
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  guard(child);
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`${file} ended before it listened`);
  if (onLine !== undefined) lines.on("line", onLine);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return { port: Number(first[0]), stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}
