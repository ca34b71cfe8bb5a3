/**
 * What a gateway bears. Every bound has a default; together they bound the memory and the time that a stranger can take.
 */
export interface EdgeLimits {
  /** Bytes of a request's body. Above it: 413. Streams that a client sends are not limited as a whole. Default 4 MiB. */
  readonly maxBodyBytes: number;
  /** Bytes of a request's headers, all together. Above it: 431. Default 16 KiB. */
  readonly headerMaxBytes: number;
  /** Header fields of a request. Above it: 431, or a reset stream over h2. Default 100. */
  readonly headerMaxFields: number;
  /** Until when a request's headers must be complete, in milliseconds. Then 408 or a cut. Default 10 000. */
  readonly headerTimeoutMs: number;
  /** How long a connection may be without traffic, in milliseconds. Default 300 000. */
  readonly idleTimeoutMs: number;
  /** How long a stream may be silent in both directions, in milliseconds. Default 300 000. */
  readonly streamIdleMs: number;
  /** Open connections of clients. Further ones are closed at once. Default 10 000. */
  readonly maxConnections: number;
  /** Concurrent streams of one h2 connection. Default 256. */
  readonly maxStreamsPerConnection: number;
  /** How long the session check may take, in milliseconds. Then 503. Default 1000. */
  readonly sessionTimeoutMs: number;
  /**
   * How long running requests may take after `stop()`, in milliseconds. Then they end with 503 or a cut. Default 8 000.
   */
  readonly drainMs: number;
}

const defaults: EdgeLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  headerMaxBytes: 16 * 1024,
  headerMaxFields: 100,
  headerTimeoutMs: 10_000,
  idleTimeoutMs: 300_000,
  streamIdleMs: 300_000,
  maxConnections: 10_000,
  maxStreamsPerConnection: 256,
  sessionTimeoutMs: 1_000,
  drainMs: 8_000,
};

/**
 * Fills in the defaults.
 * @throws RangeError naming every field that is not a positive integer
 */
export function edgeLimits(given: Partial<EdgeLimits> = {}): EdgeLimits {
  const limits = { ...defaults, ...given };
  const wrong = Object.entries(limits).filter(([, value]) => !Number.isSafeInteger(value) || value < 1);
  if (wrong.length === 0) return limits;
  throw new RangeError(
    `limits must be positive integers: ${wrong.map(([name, value]) => `${name}=${value}`).join(", ")}`,
  );
}
