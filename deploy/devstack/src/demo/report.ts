import type { Paint } from "../logs/paint.ts";

/** Prints the steps of a walk as they happen. */
export interface Report {
  /**
   * Does one step and says whether it went right, with what it found. A step that throws is wrong, and ends the walk:
   * the next ones would need what it was to find.
   */
  step<T>(title: string, act: () => Promise<Finding<T>>): Promise<T>;
  /** Prints the result. True when every step was right. */
  finish(): boolean;
}

/** What a step found: for the next steps, and for the reader. */
export interface Finding<T> {
  readonly found: T;
  readonly note: string;
}

/** A step went wrong, which is reported already. */
export class StepFailed extends Error {}

export function createReport(write: (text: string) => void, paint: Paint): Report {
  let right = 0;
  let wrong = 0;
  return {
    async step(title, act) {
      try {
        const { found, note } = await act();
        right += 1;
        write(`${paint.good("✓")} ${title}${note === "" ? "" : `  ${paint.dim(note)}`}\n`);
        return found;
      } catch (error) {
        wrong += 1;
        const why = error instanceof Error ? error.message : String(error);
        write(`${paint.error("✗")} ${title}\n    ${why}\n`);
        throw new StepFailed(title, { cause: error });
      }
    },
    finish() {
      const good = wrong === 0 && right > 0;
      const sum = `${right} steps right, ${wrong} wrong`;
      write(`\n${good ? paint.good(sum) : paint.error(sum)}\n`);
      return good;
    },
  };
}
