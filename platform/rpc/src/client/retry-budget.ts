const MAX_TOKENS = 10;
const PER_SUCCESS = 0.1;

/**
 * Stops repeats when a target mostly fails, so that they do not keep it down: each failure takes a token, each success
 * gives a tenth back, and repeats need more than half of them (gRPC A6, retry throttling).
 */
export class RetryBudget {
  #tokens = MAX_TOKENS;

  succeeded(): void {
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + PER_SUCCESS);
  }

  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  /** Whether nothing may be repeated now. */
  get isLow(): boolean {
    return this.#tokens <= MAX_TOKENS / 2;
  }
}
