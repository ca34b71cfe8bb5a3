import { credentialsInvalid } from "../domain/iam-errors.ts";
import type { Credentials, PasswordHasher } from "./ports.ts";
import type { Attempt, LoginThrottle } from "./throttle-logins.ts";

/** A person who has shown their password. */
export interface Proved {
  readonly credentials: Credentials;
  /** Their hash was made with other parameters than today's. */
  readonly outdated: boolean;
}

/** Decides whether a password is the person's. The same work is done whether there is such a person or not. */
export class ProvePassword {
  readonly #hasher: PasswordHasher;
  readonly #throttle: LoginThrottle;

  constructor(hasher: PasswordHasher, throttle: LoginThrottle) {
    this.#hasher = hasher;
    this.#throttle = throttle;
  }

  /** @throws AppError CREDENTIALS_INVALID, RATE_LIMITED */
  async execute(
    attempt: Attempt,
    password: string,
    find: () => Promise<Credentials | undefined>,
    signal: AbortSignal,
  ): Promise<Proved> {
    await this.#throttle.admit(attempt);
    const credentials = await find();
    const { matches, outdated } = await this.#hasher.check(credentials?.passwordHash, password, signal);
    if (credentials === undefined || !matches) {
      await this.#throttle.failed(attempt);
      throw credentialsInvalid();
    }
    await this.#throttle.succeeded(attempt);
    return { credentials, outdated };
  }
}
