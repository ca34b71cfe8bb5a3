/** One step of a check run. */
export interface Stage {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  /** More variables than this process has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder to run in, relative to the root. Default: the root. */
  readonly folder?: string;
  /** What must run for the stage to make sense, and what is left out without it. */
  readonly needs?: { readonly command: readonly [program: string, ...args: string[]]; readonly otherwise: string };
}

/** How a stage went. */
export interface StageResult {
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly seconds: number;
  /** Tests that vitest counted in its output. */
  readonly tests: TestCount;
}

/** Tests that ran. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

/** What running stages needs. */
export interface StagesOptions {
  /** Root of the clone. */
  readonly root: string;
  /** Receives what the stages print, and a line before and after each. */
  readonly write: (text: string) => void;
  /** Ends the stage that runs, with everything it started; none after it begins. */
  readonly signal?: AbortSignal;
}
