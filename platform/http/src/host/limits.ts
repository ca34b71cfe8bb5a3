import { DEFAULT_MAX_BODY_BYTES } from "../contract/contract-app.ts";

/** What a host bears. Every bound has a default; all together bound the memory and the time that a stranger can take. */
export interface HttpLimits {
  /** The longest request body, in bytes. Above it: 413. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** The longest request line and headers together, in bytes. Above it: 431. Default 16 KiB. */
  readonly maxHeaderBytes: number;
  /** Until when a request's headers must be complete. After that: 408. Default 10 s. */
  readonly headersTimeoutMs: number;
  /** Until when a whole request must be there, counted from its first byte. After that: 408. Default 30 s. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection stays open. Above the gateway's own, so that it never uses one that closes. Default 65 s. */
  readonly keepAliveTimeoutMs: number;
  /** How often the time limits are looked at. Default 1 s; a limit may be exceeded by that much. */
  readonly checkIntervalMs: number;
  /** Connections at once; more are closed unanswered. Default 10 000. */
  readonly maxConnections: number;
  /** How long requests under way may take once the host is told to stop. Default 10 s. */
  readonly drainTimeoutMs: number;
}

const defaults: HttpLimits = {
  maxBodyBytes: DEFAULT_MAX_BODY_BYTES,
  maxHeaderBytes: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 1_000,
  maxConnections: 10_000,
  drainTimeoutMs: 10_000,
};

export const withDefaults = (limits: Partial<HttpLimits> = {}): HttpLimits => ({ ...defaults, ...limits });
