import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What came of one case at one gateway. */
export interface Outcome {
  readonly gateway: string;
  readonly id: string;
  readonly sentence: string;
  readonly outcome: "as all" | "differs" | "FAILED";
  /** The reason that its list of differences gives. */
  readonly why?: string | undefined;
}

export interface ResultsFile {
  write(outcome: Outcome): void;
}

/** One file for each gateway, one line of JSON for each case; what an earlier run left is gone. */
export function resultsFile(folder: string, gateway: string): ResultsFile {
  const file = join(folder, `${gateway}.jsonl`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  return { write: (outcome) => appendFileSync(file, `${JSON.stringify(outcome)}\n`) };
}
