import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { guard, type TestIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { environment } from "./fixture.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface RunningProcess {
  readonly url: string;
  readonly opsUrl: string;
  readonly identity: TestIdentity;
  /** What it has logged so far. */
  readonly lines: readonly string[];
  /** Resolves with code and signal when the process has ended. */
  readonly exited: Promise<unknown[]>;
  /** All of it, once the process has ended. */
  readonly stderr: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** The service as a process of its own, as the launcher starts it. Resolves when it says that it is ready. */
export async function startProcess(
  postgresUrl: string,
  identity: TestIdentity,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  const child = spawn(process.execPath, ["--conditions=@gantry/source", main], {
    env: environment(postgresUrl, identity, settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child);
  afterAll(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const stderr = text(child.stderr);
  const lines: string[] = [];
  const ports = await readyPorts(createInterface(child.stdout), lines);
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    url: at(ports.rpc),
    opsUrl: at(ports.ops),
    identity,
    lines,
    exited,
    stderr,
    kill: (signal) => void child.kill(signal),
  };
}

interface Ports {
  readonly rpc: number;
  readonly ops: number;
}

/** Collects the lines, from now to the end. */
function readyPorts(output: Interface, lines: string[]): Promise<Ports> {
  return new Promise((resolve, reject) => {
    output.on("line", (line) => {
      lines.push(line);
      const { message, ports } = JSON.parse(line);
      if (message === "ready") resolve(ports);
    });
    output.once("close", () => reject(new Error(`the service ended before it was ready:\n${lines.join("\n")}`)));
  });
}
