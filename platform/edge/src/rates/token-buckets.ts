import type { Rate } from "@gantry/kernel";

interface Bucket {
  tokens: number;
  /** When `tokens` was right. */
  atMs: number;
}

/**
 * Token buckets of one route, one for each who asks, a bounded number of them. A bucket that has filled up again is as
 * good as none and makes room; when all are in use, newcomers are refused: a flood of addresses neither fills the memory
 * nor refills a bucket by pushing it out.
 */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #maxBuckets: number;
  /** The one that was used longest ago comes first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, maxBuckets: number) {
    this.#rate = rate;
    this.#maxBuckets = maxBuckets;
  }

  /**
   * Takes a token.
   * @param nowMs on a clock that never goes back
   * @returns 0, or after how many whole seconds there may be one: then none was taken
   */
  take(who: string, nowMs: number): number {
    const bucket = this.#buckets.get(who) ?? this.#newcomer(nowMs);
    if (bucket === undefined) return 1;
    bucket.tokens = this.#tokensAt(bucket, nowMs);
    bucket.atMs = nowMs;
    this.#buckets.delete(who);
    this.#buckets.set(who, bucket);
    if (!(bucket.tokens >= 1)) return Math.max(1, Math.ceil((1 - bucket.tokens) / this.#rate.perSecond));
    bucket.tokens--;
    return 0;
  }

  #tokensAt({ tokens, atMs }: Bucket, nowMs: number): number {
    return Math.min(this.#rate.burst, tokens + ((nowMs - atMs) * this.#rate.perSecond) / 1000);
  }

  #newcomer(nowMs: number): Bucket | undefined {
    const oldest = this.#buckets.entries().next().value;
    if (this.#buckets.size >= this.#maxBuckets && oldest !== undefined) {
      if (this.#tokensAt(oldest[1], nowMs) < this.#rate.burst) return undefined;
      this.#buckets.delete(oldest[0]);
    }
    return { tokens: this.#rate.burst, atMs: nowMs };
  }
}
