import { type Contender, compete, type Rounds } from "./measure.ts";
import { type Aim, report } from "./report.ts";

/** Runs the contenders against the first of them, prints the table, and stops them whatever happens. */
export async function contest(
  title: string,
  rounds: Rounds,
  contenders: readonly Contender[],
  aims: readonly Aim[] = [],
): Promise<void> {
  try {
    report(title, await compete(contenders, rounds), rounds, aims);
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
  }
}
