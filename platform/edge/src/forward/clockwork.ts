/** The longest that a timer of Node can run, in milliseconds; more would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface ClockworkOptions {
  /** For all of it, in milliseconds; infinite for as long as it takes. */
  readonly totalMs: number;
  /** Of silence in a stream, in milliseconds. */
  readonly idleMs: number;
  readonly isStream: boolean;
  readonly onLate: () => void;
}

/** The time limits of one request. */
export class Clockwork {
  readonly #options: ClockworkOptions;
  #total: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ClockworkOptions) {
    this.#options = options;
    if (options.totalMs <= MAX_TIMER_MS) this.#total = setTimeout(options.onLate, options.totalMs);
    if (options.isStream) this.#idle = setTimeout(options.onLate, options.idleMs);
  }

  /** The answer turned out to be a stream of events: from now on only silence counts. */
  becomeStream(): void {
    clearTimeout(this.#total);
    this.#idle ??= setTimeout(this.#options.onLate, this.#options.idleMs);
  }

  /** Something moved. */
  touch(): void {
    this.#idle?.refresh();
  }

  stop(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#idle);
  }
}
