import { AppError, type SendOutcome } from "@gantry/kernel";

/** The outcomes of one call of `send`, as they come in. */
export class Outcomes {
  readonly #outcomes: (SendOutcome | undefined)[];
  readonly #done = Promise.withResolvers<readonly SendOutcome[]>();
  #open: number;

  constructor(count: number) {
    this.#outcomes = new Array(count).fill(undefined);
    this.#open = count;
    if (count === 0) this.#done.resolve([]);
  }

  /** Resolves when every message has its outcome. */
  get all(): Promise<readonly SendOutcome[]> {
    return this.#done.promise;
  }

  /** What comes after the first outcome of a message does not count. */
  set(index: number, outcome: SendOutcome): void {
    if (this.#outcomes[index] !== undefined) return;
    this.#outcomes[index] = outcome;
    if (--this.#open === 0) this.#done.resolve(this.#outcomes.map((each) => each ?? unacknowledged()));
  }

  /** Gives the same outcome to all that have none. */
  setRest(outcome: SendOutcome): void {
    for (const index of this.#outcomes.keys()) this.set(index, outcome);
  }
}

/** The broker has not said yes in time. It may have stored the message all the same. */
export const unacknowledged = (cause?: unknown): SendOutcome => ({
  acked: false,
  error: new AppError({
    kind: "unavailable",
    reason: "KAFKA_UNAVAILABLE",
    message: "Kafka did not acknowledge the message in time.",
    cause,
  }),
});
