/** What a listener bears. */
export interface ListenerLimits {
  /** Bytes of a request's headers. Above it: HTTP 431 (HTTP/1.1) or a reset stream (h2). */
  readonly headerMaxBytes: number;
  /** Header fields of a request over h2, pseudo headers included. Above it: a reset stream. Node's own limit is 128. */
  readonly headerMaxFields?: number;
  /**
   * From the connection to its first bytes, and from there to the end of the headers, in milliseconds. Then it is cut.
   */
  readonly headerTimeoutMs: number;
  /** How long a whole request over HTTP/1.1 may take to arrive, in milliseconds; 0: without limit. Then 408. */
  readonly requestTimeoutMs: number;
  /** How long a connection may be without traffic, in milliseconds. Then it is closed; running calls are left alone. */
  readonly idleTimeoutMs: number;
  /** Open connections. Further ones are closed at once. */
  readonly maxConnections: number;
  /** Concurrent streams on one h2 connection. Further ones are refused, and wait at the caller. */
  readonly maxStreamsPerConnection: number;
}
