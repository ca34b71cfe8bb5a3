import { onTestFinished } from "vitest";
import type { ProcessHost, Signal } from "../src/process-host.ts";
import { runServiceIn } from "../src/run-service.ts";
import type { modes } from "./fixtures/config.ts";
import { fixtureService } from "./fixtures/service.ts";
import { goodEnvironment, Observed } from "./observed.ts";

type Environment = Readonly<Record<string, string>>;

/** The fixture in this process, which plays the process it believes to be in. */
class ServiceHere extends Observed implements ProcessHost {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly log = { write: (line: string): void => void this.lines.push(JSON.parse(line)) };
  readonly ended: Promise<number>;
  readonly #end = Promise.withResolvers<number>();
  #signals: (signal: Signal) => void = () => {};

  constructor(args: readonly string[], env: Environment) {
    super();
    this.args = args;
    this.env = env;
    this.ended = this.#end.promise;
  }

  print(text: string): void {
    this.stdout += text;
  }

  complain(text: string): void {
    this.stderr += text;
  }

  onSignal(listener: (signal: Signal) => void): void {
    this.#signals = listener;
  }

  onUncaught(): void {}

  exit(code: number): void {
    this.#end.resolve(code);
  }

  signal(name: Signal): void {
    this.#signals(name);
  }
}

/** Starts the fixture in a mode; it is stopped when the test ends. */
export function start(mode: (typeof modes)[number], env: Environment = {}): Observed {
  const service = new ServiceHere([], { ...goodEnvironment, FIXTURE_MODE: mode, ...env });
  void runServiceIn(service, fixtureService);
  onTestFinished(async () => {
    service.signal("SIGTERM");
    await service.ended;
  });
  return service;
}

/** Runs the fixture with arguments. */
export async function run(args: readonly string[], env: Environment = goodEnvironment): Promise<Observed> {
  const service = new ServiceHere(args, env);
  await runServiceIn(service, fixtureService);
  return service;
}
