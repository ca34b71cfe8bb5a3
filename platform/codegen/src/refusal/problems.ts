import { formatPlace, type Place } from "./place.ts";

/** One reason why nothing is generated: what is wrong, where, and what to do instead. */
export interface Problem {
  readonly place: Place;
  readonly problem: string;
  readonly advice: string;
}

/** Thrown when a contract is refused. The message has one line for each problem. */
export class ContractRefused extends Error {
  override readonly name = "ContractRefused";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

/** Collects what is wrong, so that one run reports everything. */
export class Problems {
  readonly #found: Problem[] = [];

  add(place: Place, problem: string, advice: string): void {
    this.#found.push({ place, problem, advice });
  }

  /** @throws ContractRefused with all problems in the order of files and lines, when there is any. */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new ContractRefused(this.#found.toSorted(byPlace));
  }
}

const formatProblem = ({ place, problem, advice }: Problem): string => `${formatPlace(place)}: ${problem} ${advice}`;

const byPlace = (a: Problem, b: Problem): number =>
  a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column;
