import { type Clock, uuidv7 } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { canonicalPassword } from "../domain/password.ts";
import { isLogin } from "../domain/user.ts";
import type { Credentials, PasswordHasher, SessionStore, StoredSession, UserStore } from "./ports.ts";
import type { ProvePassword } from "./prove-password.ts";
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

  /** @throws AppError CREDENTIALS_INVALID, RATE_LIMITED, PASSWORD_INVALID */
  async execute(attempt: Attempt, password: string, signal: AbortSignal): Promise<Begun> {
    const { users, provePassword } = this.#parts;
    const canonical = canonicalPassword(password, "password");
    const find = async () => (isLogin(attempt.login) ? users.credentialsOf(attempt.login) : undefined);
    const { credentials, outdated } = await provePassword.execute(attempt, canonical, find, signal);
    if (outdated) await this.#rehash(credentials, canonical, signal);
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
  async #rehash({ userUuid, passwordHash }: Credentials, password: string, signal: AbortSignal): Promise<void> {
    const { users, hasher, logger } = this.#parts;
    try {
      await users.rehash(userUuid, passwordHash, await hasher.hash(password, signal));
    } catch (error) {
      logger.warn({ err: error }, "a password hash was not renewed");
    }
  }
}
