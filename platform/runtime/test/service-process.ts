import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { guard } from "@gantry/testing";
import { onTestFinished } from "vitest";
import type { modes } from "./fixtures/config.ts";
import { goodEnvironment, Observed } from "./observed.ts";

const main = fileURLToPath(new URL("./fixtures/main.ts", import.meta.url));

/** The fixture in a process of its own, as it is in production. */
class ServiceProcess extends Observed {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  constructor(env: Readonly<Record<string, string>>) {
    super();
    const child = spawn(process.execPath, ["--conditions=@gantry/source", main], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    guard(child, { graceMs: 0 });
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, "close").then(([code]) => code ?? -1);
  }

  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL"): void {
    this.#child.kill(name);
  }

  #read(text: string): void {
    const before = this.stdout.lastIndexOf("\n") + 1;
    this.stdout += text;
    const complete = this.stdout.slice(before, this.stdout.lastIndexOf("\n") + 1).split("\n");
    for (const line of complete) if (line.startsWith("{")) this.lines.push(JSON.parse(line));
  }
}

/** Starts the fixture in a mode, in a process that is killed when the test ends. */
export function startProcess(mode: (typeof modes)[number], env = goodEnvironment): Observed {
  const service = new ServiceProcess({ ...env, FIXTURE_MODE: mode });
  onTestFinished(() => service.signal("SIGKILL"));
  return service;
}
