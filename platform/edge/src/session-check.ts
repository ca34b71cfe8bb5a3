/** What IAM says of a session token. */
export type SessionVerdict = ValidSession | "invalid";

/** A session that lives, and whom it is of. */
export interface ValidSession {
  /** The signed identity for the services behind (`x-gantry-identity`). Never log it. */
  readonly identity: string;
  readonly userUuid: string;
}

/** What a check may pass on, and what ends it. */
export interface SessionQuestion {
  /** As the client sent it, of the shape `[A-Za-z0-9_-]{16,128}`. Never log it. */
  readonly token: string;
  /** Trace context of the request, to be passed on as it is. */
  readonly traceparent?: string;
  /** Aborted when the request is over, or when an answer would come too late. */
  readonly signal: AbortSignal;
}

/**
 * Asks whether a session lives. `invalid` is IAM's own word for it and becomes 401; whatever rejects, IAM did not answer,
 * and the request is refused with 503.
 */
export type SessionCheck = (question: SessionQuestion) => Promise<SessionVerdict>;
