/** Waiting times between restarts: doubling from `firstMs` to `maxMs`, from the start again after a quiet time. */
export interface BackOff {
  /** Milliseconds to wait before the next start, given how long the last one ran. */
  next(ranMs: number): number;
}

/** How restarts are spaced. */
export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Having run this long, a service counts as healthy: the next crash is a first one. */
  readonly quietMs: number;
}

export function createBackOff({ firstMs, maxMs, quietMs }: BackOffOptions): BackOff {
  let waitMs = firstMs;
  return {
    next(ranMs) {
      if (ranMs >= quietMs) waitMs = firstMs;
      const now = waitMs;
      waitMs = Math.min(maxMs, waitMs * 2);
      return now;
    },
  };
}
