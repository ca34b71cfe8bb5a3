import { AppError, type Rate } from "@gantry/kernel";

interface Bucket {
  tokens: number;
  atMs: number;
}

/** How many callers one limiter remembers. The one that has been quiet longest is forgotten first. */
const MAX_BUCKETS = 50_000;

/** Token buckets of one operation in this process, one for each caller. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** @throws AppError `rate_limited` RATE_LIMITED with the time after which there is a token again */
  take(caller: string, nowMs: number): void {
    const bucket = this.#refilled(caller, nowMs);
    if (bucket.tokens < 1) throw rateLimited(this.#rate, (1 - bucket.tokens) / this.#rate.perSecond);
    bucket.tokens--;
  }

  #refilled(caller: string, nowMs: number): Bucket {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
    bucket.atMs = nowMs;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    this.#forgetQuietest();
    return bucket;
  }

  #forgetQuietest(): void {
    if (this.#buckets.size <= MAX_BUCKETS) return;
    for (const caller of this.#buckets.keys()) {
      this.#buckets.delete(caller);
      return;
    }
  }
}

const rateLimited = ({ perSecond, burst }: Rate, waitSec: number): AppError =>
  new AppError({
    kind: "rate_limited",
    reason: "RATE_LIMITED",
    message: `Too many requests: ${perSecond} a second and ${burst} at once are allowed. Try again later.`,
    retryAfterSec: Math.max(1, Math.ceil(waitSec)),
  });
