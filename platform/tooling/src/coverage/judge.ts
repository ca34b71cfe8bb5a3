import type { Finding } from "../repository.ts";

/** What was measured of one package, and what its README says. */
export interface Measured {
  readonly folder: string;
  /** Percent of statements that must be covered. */
  readonly gate: number;
  /** Percent of statements that were covered; undefined when there is no measurement. */
  readonly percent: number | undefined;
  /** The README's number; undefined when it shows none. */
  readonly shown: number | undefined;
}

const TOLERANCE = 1;
const howToWrite = "npm run coverage -- --write";

/** What is wrong with the coverage of one package. Services must show theirs. */
export function judgeCoverage(measured: Measured): Finding[] {
  const { folder, gate, percent } = measured;
  if (percent === undefined) return [finding(folder, "src", "was not measured", "give it tests and a test script")];
  const low = `covers ${percent} % of statements, not ${gate} %`;
  return [...(percent < gate ? [finding(folder, "src", low, "add tests")] : []), ...judgeReadme(measured, percent)];
}

function judgeReadme({ folder, shown }: Measured, percent: number): Finding[] {
  if (shown === undefined) {
    const fix = `add <!-- coverage -->0 %<!-- /coverage -->, then ${howToWrite}`;
    return folder.startsWith("services/") ? [finding(folder, "README.md", "does not show its coverage", fix)] : [];
  }
  if (Math.abs(shown - percent) <= TOLERANCE) return [];
  return [finding(folder, "README.md", `shows ${shown} % coverage, measured are ${percent} %`, howToWrite)];
}

const finding = (folder: string, file: string, message: string, fix: string): Finding => ({
  where: `${folder}/${file}`,
  rule: "coverage is true and enough",
  message,
  fix,
});
