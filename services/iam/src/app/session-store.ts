/** A session as it is kept. */
export interface StoredSession {
  readonly sessionUuid: string;
  readonly userUuid: string;
  /** Sha-256 of the token, in hex: who reads the store cannot use what they find. */
  readonly tokenHash: string;
  /** The user's session epoch when it began. A session of an earlier epoch has ended, whatever the store says. */
  readonly epoch: number;
  readonly createdAt: Date;
  /** When it ends at the latest. */
  readonly expiresAt: Date;
  /** When it was last used, to within a minute. */
  readonly lastSeenAt: Date;
}

/**
 * Where sessions are kept. One contract suite runs against every adapter.
 *
 * Times come from the caller, so that all replicas and stores agree. A session that is over (`expiresAt`, or unused for
 * longer than the idle time the store was made with) is not there for any method. Losing what is kept here ends sessions
 * and never revives one: what was revoked is remembered beside the users as well.
 *
 * Every method rejects with an AppError `unavailable` when the store cannot be asked.
 */
export interface SessionStore {
  /** Keeps a new session, found by its token and by its id from now on. */
  begin(session: StoredSession): Promise<void>;
  /** The session of a token, which this use keeps alive. */
  use(tokenHash: string, at: Date): Promise<StoredSession | undefined>;
  /** Those of the sessions that have not ended, in any order. Looking keeps none alive. */
  find(sessionUuids: readonly string[], at: Date): Promise<readonly StoredSession[]>;
  /** Ends a session. Ending one that is not there is a success. */
  end(sessionUuid: string): Promise<void>;
  /** Ends all sessions of a user but `except`. @returns how many were live */
  endAll(userUuid: string, at: Date, except?: string): Promise<number>;
  /** Lifts a session into a later epoch of its user; one that has ended stays so. */
  moveToEpoch(sessionUuid: string, epoch: number): Promise<void>;
}
