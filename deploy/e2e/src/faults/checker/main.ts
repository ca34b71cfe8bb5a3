import { readFile } from "node:fs/promises";
import type { CheckRequest, Verdict } from "./check-request.ts";
import { gather } from "./gather/gather.ts";
import { judge } from "./judge.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a verdict shows at most: after a thousand, more do not help. */
const MOST_SHOWN = 1_000;

const countOf = (snapshot: Snapshot): Record<string, number> =>
  Object.fromEntries(
    Object.entries(snapshot).flatMap(([name, rows]) => (Array.isArray(rows) ? [[name, rows.length]] : [])),
  );

/**
 * Reads the request in the file named on the command line, looks at everything, and prints the verdict as JSON. Exit code 0:
 * all holds; 1: something does not; anything else: it could not be checked.
 */
async function main(file: string): Promise<number> {
  const request: CheckRequest = JSON.parse(await readFile(file, "utf8"));
  const snapshot = await gather(request);
  const violations = judge(snapshot);
  const verdict: Verdict = {
    seed: request.seed,
    ok: violations.length === 0,
    violations: violations.slice(0, MOST_SHOWN),
    seen: countOf(snapshot),
  };
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
  return verdict.ok ? 0 : 1;
}

const COULD_NOT = 2;

process.exitCode = await main(process.argv[2] ?? "").catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return COULD_NOT;
});
