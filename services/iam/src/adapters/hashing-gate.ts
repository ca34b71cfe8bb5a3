import { rateLimited } from "../domain/iam-errors.ts";

/** How many may work at once, and how many more may wait. */
export interface GateLimits {
  readonly concurrency: number;
  readonly queue: number;
}

/** What one that finds the queue full is told to wait. The queue is through by then. */
const RETRY_AFTER_MS = 1000;

/** Lets a few work at a time, in the order in which they came. */
export class HashingGate {
  readonly #limits: GateLimits;
  /** In the order of their coming; each is told to go on. */
  readonly #waiting = new Set<() => void>();
  #working = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /**
   * Runs the work when it is its turn. Work that has begun is not stopped.
   * @throws AppError RATE_LIMITED when the queue is full; the signal's reason when it is aborted before the work begins
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#working >= this.#limits.concurrency) return this.#wait(signal);
    this.#working += 1;
  }

  /** Who leaves hands their place to the next, so `#working` stays as it is. */
  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#limits.queue) throw rateLimited(RETRY_AFTER_MS);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(goOn);
        reject(signal.reason);
      };
      const goOn = (): void => {
        this.#waiting.delete(goOn);
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      this.#waiting.add(goOn);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#working -= 1;
    else next();
  }
}
