import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, guard } from "@gantry/testing";
import { onTestFinished } from "vitest";
import type { modes } from "./fixtures/config.ts";

/** One line of a log. */
export type Line = Readonly<Record<string, unknown>> & { readonly message: string };

const main = fileURLToPath(new URL("./fixtures/main.ts", import.meta.url));
const keys = { IDENTITY_JWKS: '{"keys":[]}', LOG_LEVEL: "debug" };

/** A service in a process of its own, as it is in production. */
export class FixtureProcess {
  readonly lines: Line[] = [];
  stdout = "";
  stderr = "";
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  constructor(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
    const child = spawn(process.execPath, ["--conditions=@gantry/source", main, ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    guard(child, { graceMs: 0 });
    onTestFinished(() => void child.kill("SIGKILL"));
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, "close").then(([code]) => code ?? -1);
  }

  /** The first line with this message, now or later. */
  async line(message: string): Promise<Line> {
    const find = (): Line | undefined => this.lines.find((line) => line.message === message);
    await eventually(() => find() !== undefined, { withinMs: 10_000 });
    return find() ?? { message: "none" };
  }

  /** Where a component of the service listens, once the service is ready. */
  async url(component: string): Promise<string> {
    const { ports } = await this.line("ready");
    const port: unknown = typeof ports === "object" && ports !== null ? Reflect.get(ports, component) : undefined;
    return `http://127.0.0.1:${port}`;
  }

  signal(name: "SIGTERM" | "SIGINT"): void {
    this.#child.kill(name);
  }

  messages(): readonly string[] {
    return this.lines.map(({ message }) => message);
  }

  #read(text: string): void {
    const before = this.stdout.lastIndexOf("\n") + 1;
    this.stdout += text;
    const complete = this.stdout.slice(before, this.stdout.lastIndexOf("\n") + 1).split("\n");
    for (const line of complete) if (line.startsWith("{")) this.lines.push(JSON.parse(line));
  }
}

/** Starts the fixture in a mode; it is killed when the test ends. */
export const startFixture = (
  mode: (typeof modes)[number],
  env: Readonly<Record<string, string>> = {},
): FixtureProcess => new FixtureProcess({ ...keys, FIXTURE_MODE: mode, ...env });

/** Runs the fixture with arguments. */
export const runFixture = (args: readonly string[], env: Readonly<Record<string, string>> = keys): FixtureProcess =>
  new FixtureProcess(env, args);
