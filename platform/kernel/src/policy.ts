/** Who may call: anyone, a person with a session, or another service of this system. */
export type Auth = "PUBLIC" | "SESSION" | "SERVICE";

/** What a repeat of the call does: nothing ever, nothing when it carries the same key, or the work again. */
export type Idempotency = "NO_SIDE_EFFECTS" | "KEYED" | "NONE";

/** What a rate limit counts per. */
export type RateScope = "USER" | "ADDRESS" | "TOTAL";

export interface Rate {
  readonly perSecond: number;
  /** How many may come at once. */
  readonly burst: number;
  readonly per: RateScope;
}

/**
 * The policy of one operation, as its contract states it (`gantry.policy.v1.method` or `x-gantry-policy`). The generated
 * tables hold these; servers, clients and gateways read them.
 */
export interface Policy {
  readonly auth: Auth;
  /** The services that may call an operation for services, by name. Nobody may when there are none. */
  readonly callers?: readonly string[];
  /** The longest the operation may take, in milliseconds; a caller's shorter deadline wins. */
  readonly deadlineMs: number;
  readonly idempotency: Idempotency;
  /** Tries in total, the first included. Only for operations that may be repeated. */
  readonly retryAttempts: number;
  /** A limit kept by the server side (gateway). */
  readonly rate?: Rate;
  /** A limit that the caller keeps, shared by all its replicas. */
  readonly clientRate?: Rate;
}

/** Operation name (`/pkg.Service/Method` or `METHOD /path`) to policy. Without a row there is no access. */
export type PolicyTable = Readonly<Record<string, Policy>>;
