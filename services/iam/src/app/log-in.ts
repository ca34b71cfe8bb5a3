import { type Clock, uuidv7 } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { canonicalPassword } from "../domain/password.ts";
import { isLogin } from "../domain/user.ts";
import type { Credentials, Hashing, PasswordHasher, SessionStore, StoredSession, UserStore } from "./ports.ts";
import type { Proof, ProvePassword } from "./prove-password.ts";
import { hashOfToken, newToken } from "./session-token.ts";
import type { Attempt } from "./throttle-logins.ts";

/** A session that has just begun. */
export interface Begun {
  readonly session: StoredSession;
  readonly token: string;
}

export interface LogInParts {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly hasher: PasswordHasher;
  readonly provePassword: ProvePassword;
  readonly sessionLifeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class LogIn {
  readonly #parts: LogInParts;

  constructor(parts: LogInParts) {
    this.#parts = parts;
  }

  /**
   * The whole proof is one turn: who finds the queue full has cost no query, and a failure is counted before the next try.
   * @throws AppError CREDENTIALS_INVALID, RATE_LIMITED, PASSWORD_INVALID
   */
  async execute(attempt: Attempt, password: string, signal: AbortSignal): Promise<Begun> {
    const { users, hasher, provePassword } = this.#parts;
    const proof: Proof = {
      attempt,
      password: canonicalPassword(password, "password"),
      find: async () => (isLogin(attempt.login) ? users.credentialsOf(attempt.login) : undefined),
    };
    const credentials = await hasher.inTurn(signal, async (hashing) => {
      const proved = await provePassword.execute(proof, hashing);
      if (proved.outdated) await this.#rehash(proved.credentials, proof.password, hashing);
      return proved.credentials;
    });
    signal.throwIfAborted(); // a session that nobody hears of is of no use
    return this.#begin(credentials);
  }

  /** The epoch is the one of the moment at which the password was right: should all sessions end meanwhile, so does this. */
  async #begin({ userUuid, epoch }: Credentials): Promise<Begun> {
    const { sessions, sessionLifeMs, clock } = this.#parts;
    const now = clock.now();
    const token = newToken();
    const session: StoredSession = {
      sessionUuid: uuidv7(),
      userUuid,
      tokenHash: hashOfToken(token),
      epoch,
      createdAt: now,
      expiresAt: new Date(now.getTime() + sessionLifeMs),
      lastSeenAt: now,
    };
    await sessions.begin(session);
    return { session, token };
  }

  /** Nobody is kept out because their hash could not be renewed. */
  async #rehash({ userUuid, passwordHash }: Credentials, password: string, { hash }: Hashing): Promise<void> {
    const { users, logger } = this.#parts;
    try {
      await users.rehash(userUuid, passwordHash, await hash(password));
    } catch (error) {
      logger.warn({ err: error }, "a password hash was not renewed");
    }
  }
}
