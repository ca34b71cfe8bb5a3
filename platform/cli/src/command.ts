import type { Environment } from "./config.ts";
import type { Workspace } from "./workspace.ts";

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** What a command works with. */
export interface Context {
  readonly output: Output;
  readonly workspace: Workspace;
  /** The variables of the person's shell. */
  readonly environment: Environment;
}

/** One command: its help, and what it does with its words and flags. */
export interface Command {
  readonly help: string;
  /** The switches it takes, without dashes. */
  readonly flags: readonly string[];
  /** The options it takes that have a value, without dashes. */
  readonly values?: readonly string[];
  /** Resolves to the exit code. @throws UsageError for wrong words. */
  run(
    words: readonly string[],
    flags: ReadonlySet<string>,
    context: Context,
    values: Readonly<Record<string, string | undefined>>,
  ): Promise<number>;
}
