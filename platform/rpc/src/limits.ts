/** What a caller may ask of a server, and for how long. Every field has a default; see {@link defaultLimits}. */
export interface RpcLimits {
  /** Bytes of one message, after decompression. Above it: `resource_exhausted`. 1 to 2^32 - 1. */
  readonly readMaxBytes: number;
  /** Bytes of a request's headers. Above it: HTTP 431 (HTTP/1.1) or a reset stream (h2). */
  readonly headerMaxBytes: number;
  /** The longest timeout that a caller may name, in milliseconds. Above it: `invalid_argument`. */
  readonly maxTimeoutMs: number;
  /** From the connection to its first bytes, and from there to the end of the headers, in milliseconds. Then it is cut. */
  readonly headerTimeoutMs: number;
  /** How long the body of a unary request may take to arrive, in milliseconds. Then: `deadline_exceeded`. */
  readonly bodyTimeoutMs: number;
  /**
   * How long a caller may take to read on, in milliseconds: a part of a stream, or all of a unary answer. Then the call is
   * cut.
   */
  readonly answerTimeoutMs: number;
  /** How long a connection may be without traffic, in milliseconds. Then it is closed; running calls are left alone. */
  readonly idleTimeoutMs: number;
  /** After an answer that came before the end of its request: how long the rest is read and dropped, in milliseconds. */
  readonly lingerMs: number;
  /** Open connections. Further ones are closed at once. */
  readonly maxConnections: number;
  /** Concurrent calls on one h2 connection. Further ones wait at the caller. */
  readonly maxStreamsPerConnection: number;
  /**
   * How long running calls may take after `stop()`, in milliseconds. Then they end with `unavailable`. The default is below
   * the ten seconds that `runService` gives a component.
   */
  readonly drainMs: number;
}

/** The limits of a server that names none. 4 MiB is what gRPC implementations take by default. */
export const defaultLimits: RpcLimits = {
  readMaxBytes: 4 * 1024 * 1024,
  headerMaxBytes: 16 * 1024,
  maxTimeoutMs: 300_000,
  headerTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  answerTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  lingerMs: 10_000,
  maxConnections: 1_000,
  maxStreamsPerConnection: 256,
  drainMs: 8_000,
};

/**
 * Fills in the defaults.
 * @throws RangeError naming every field that is not a positive integer
 */
export function rpcLimits(given: Partial<RpcLimits> = {}): RpcLimits {
  const limits = { ...defaultLimits, ...given };
  const wrong = Object.entries(limits).filter(([, value]) => !Number.isSafeInteger(value) || value < 1);
  if (wrong.length === 0) return limits;
  throw new RangeError(
    `limits must be positive integers: ${wrong.map(([name, value]) => `${name}=${value}`).join(", ")}`,
  );
}
