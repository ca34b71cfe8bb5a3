import type { Clock, Uuid } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { passwordMovedOn, sessionInvalid } from "../domain/iam-errors.ts";
import { canonicalNewPassword, canonicalPassword } from "../domain/password.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { PasswordHasher, SessionStore, StoredSession, UserStore } from "./ports.ts";
import type { ProvePassword } from "./prove-password.ts";

/** What a person in a session wants. */
export interface WantedChange {
  readonly userUuid: Uuid;
  readonly sessionUuid: Uuid;
  readonly address: string;
  readonly currentPassword: string;
  readonly newPassword: string;
}

export interface ChangePasswordParts {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly live: LiveSessions;
  readonly hasher: PasswordHasher;
  readonly provePassword: ProvePassword;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ChangePassword {
  readonly #parts: ChangePasswordParts;

  constructor(parts: ChangePasswordParts) {
    this.#parts = parts;
  }

  /**
   * An identity outlives its session by minutes, so the session is asked for here, and again when the password is set.
   * @throws AppError CREDENTIALS_INVALID, SESSION_INVALID, CONCURRENT_UPDATE, RATE_LIMITED, PASSWORD_INVALID
   */
  async execute(wanted: WantedChange, signal: AbortSignal): Promise<void> {
    const { users, clock } = this.#parts;
    const current = canonicalPassword(wanted.currentPassword, "current_password");
    const next = canonicalNewPassword(wanted.newPassword, "new_password");
    const session = await this.#ownSession(wanted);
    const passwordHash = await this.#proveAndHash(wanted, { current, next }, signal);
    signal.throwIfAborted(); // whoever has gone still believes in the old one
    const { userUuid } = wanted;
    const epoch = await users.changePassword({ userUuid, passwordHash, session, at: clock.now() });
    if (epoch === undefined) throw passwordMovedOn();
    await this.#endOthers(session, epoch);
  }

  async #ownSession({ userUuid, sessionUuid }: WantedChange): Promise<StoredSession> {
    const [session] = await this.#parts.live.find([sessionUuid]);
    if (session?.userUuid !== userUuid) throw sessionInvalid();
    return session;
  }

  /** Both in one turn. */
  async #proveAndHash(
    { userUuid, address }: WantedChange,
    { current, next }: { readonly current: string; readonly next: string },
    signal: AbortSignal,
  ): Promise<string> {
    const { users, hasher, provePassword } = this.#parts;
    return hasher.inTurn(signal, async (hashing) => {
      const credentials = await users.credentialsOfUser(userUuid);
      if (credentials === undefined) throw sessionInvalid();
      const attempt = { login: credentials.login, address };
      await provePassword.execute({ attempt, password: current, find: async () => credentials }, hashing);
      return hashing.hash(next);
    });
  }

  /** The password is changed by now and the others have ended; at the worst this session has to log in again. */
  async #endOthers({ userUuid, sessionUuid }: StoredSession, epoch: number): Promise<void> {
    const { sessions, clock, logger } = this.#parts;
    try {
      await sessions.moveToEpoch(sessionUuid, epoch);
      await sessions.endAll(userUuid, clock.now(), sessionUuid);
    } catch (error) {
      logger.warn({ err: error }, "sessions were not cleared after a change of password");
    }
  }
}
