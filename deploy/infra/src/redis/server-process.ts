import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { eventually, guard } from "@gantry/testing";
import type { RedisProgram } from "./install.ts";

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;
const ANSWER_WITHIN_MS = 1_000;

/** What a server is started from. */
export interface ServerOptions {
  readonly program: RedisProgram;
  /** Its redis.conf. */
  readonly settings: string;
  readonly port: number;
  readonly password: string | undefined;
}

/** A running server. */
export interface ServerProcess {
  readonly pid: number;
  /** Signals it; resolves when it is gone, which SIGTERM has 15 seconds for. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Starts the server. Resolves when it answers commands: one that still reads its file listens, and refuses them. */
export async function startServer({ program, settings, port, password }: ServerOptions): Promise<ServerProcess> {
  const child = spawn(program.command, [settings], {
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
  try {
    await eventually(() => hasEnded(child) || answers(child, port, password), { withinMs: READY_WITHIN_MS });
    if (hasEnded(child)) throw new Error(`it ended with code ${child.exitCode}`);
  } catch (cause) {
    await end(child, "SIGKILL");
    throw new Error(`Redis did not come up; it said: ${text}`, { cause });
  }
  return { pid: child.pid ?? 0, end: (signal) => end(child, signal) };
}

/** Another server may have the port: only the answer of this process counts. */
function answers(child: ChildProcess, port: number, password: string | undefined): Promise<boolean> {
  const login = password === undefined ? "" : `AUTH ${password}\r\n`;
  return new Promise((resolve) => {
    let reply = "";
    const socket = connect({ port, host: "127.0.0.1", timeout: ANSWER_WITHIN_MS }, () =>
      socket.write(`${login}INFO server\r\nPING\r\nQUIT\r\n`),
    );
    socket.on("data", (chunk) => {
      reply += String(chunk);
    });
    socket.on("timeout", () => socket.destroy()).on("error", () => socket.destroy());
    socket.on("close", () => resolve(reply.includes("+PONG") && reply.includes(`process_id:${child.pid}\r`)));
  });
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
