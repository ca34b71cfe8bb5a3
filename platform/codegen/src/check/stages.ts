import { checkBreaking } from "./breaking.ts";
import { checkDrift } from "./drift.ts";
import { run } from "./run.ts";

/** Where a stage works. */
export interface Place {
  /** The repository. */
  readonly root: string;
  /** An empty folder outside it, removed afterwards. */
  readonly temp: string;
}

/** How a stage went. */
export interface Verdict {
  readonly ok: boolean;
  /** A few words for the line of the stage. */
  readonly note?: string;
  /** What there is to read when it failed, with what to do at the end. */
  readonly report?: string;
}

export const stageNames = ["lint", "format", "breaking", "drift"] as const;

export type StageName = (typeof stageNames)[number];

export const stages: Readonly<Record<StageName, (place: Place) => Promise<Verdict>>> = {
  lint: async ({ root }) => verdictOf(await run("buf", ["lint"], root), "Correct the protos."),
  format: async ({ root }) =>
    verdictOf(await run("buf", ["format", "--diff", "--exit-code"], root), "Run `buf format -w`."),
  breaking: checkBreaking,
  drift: checkDrift,
};

function verdictOf({ code, output }: { readonly code: number; readonly output: string }, advice: string): Verdict {
  return code === 0 ? { ok: true } : { ok: false, report: `${output}${advice}\n` };
}
