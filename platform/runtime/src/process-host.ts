import type { Environment } from "@gantry/config";
import type { LoggerOptions } from "@gantry/telemetry";
import { processEnvironment } from "./config.ts";

/** The signals that ask a process to end. */
export type Signal = "SIGTERM" | "SIGINT";

/** What running a service needs of its process, so that a test can be the process. */
export interface ProcessHost {
  readonly args: readonly string[];
  readonly env: Environment;
  /** Where the log goes; unset: stdout. */
  readonly log?: LoggerOptions["destination"];
  /** For people who asked for something. */
  print(text: string): void;
  /** For people who did something wrong. */
  complain(text: string): void;
  onSignal(listener: (signal: Signal) => void): void;
  onUncaught(listener: (error: unknown, origin: string) => void): void;
  /** Ends the process. Does not return, except in a test. */
  exit(code: number): void;
}

/** The process that this code runs in. */
export const thisProcess = (): ProcessHost => ({
  args: process.argv.slice(2),
  env: processEnvironment(),
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  onSignal(listener) {
    process.on("SIGTERM", listener);
    process.on("SIGINT", listener);
  },
  onUncaught: (listener) => void process.on("uncaughtException", listener),
  exit: (code) => process.exit(code),
});
