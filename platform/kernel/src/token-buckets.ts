import { type Clock, systemClock } from "./clock.ts";
import type { Rate } from "./policy.ts";

export interface TokenBucketsOptions {
  readonly clock?: Clock;
  /** How many buckets are kept at most, default 10000. Beyond that the one unused for longest is forgotten, and so is full. */
  readonly maxBuckets?: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Token buckets by key, in this process's memory: they hold back what one replica sees, not what all replicas see. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;
  readonly #maxBuckets: number;

  constructor({ clock = systemClock, maxBuckets = 10_000 }: TokenBucketsOptions = {}) {
    this.#clock = clock;
    this.#maxBuckets = maxBuckets;
  }

  /** Takes a token of `key`'s bucket. 0 when there was one, else the whole seconds until there is, at least 1. */
  take(key: string, rate: Rate): number {
    const bucket = this.#refilled(key, rate);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / rate.perSecond));
    bucket.tokens -= 1;
    return 0;
  }

  #refilled(key: string, rate: Rate): Bucket {
    const nowMs = this.#clock.now().getTime();
    const known = this.#buckets.get(key);
    const bucket = known ?? { tokens: rate.burst, atMs: nowMs };
    const elapsedSec = Math.max(0, nowMs - bucket.atMs) / 1000;
    bucket.tokens = Math.min(rate.burst, bucket.tokens + elapsedSec * rate.perSecond);
    bucket.atMs = Math.max(bucket.atMs, nowMs);
    this.#touch(key, bucket, known !== undefined);
    return bucket;
  }

  /** Keeps the map in the order of last use, so that its first entry is the one to forget. */
  #touch(key: string, bucket: Bucket, known: boolean): void {
    if (known) this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxBuckets && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
