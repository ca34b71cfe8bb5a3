import { credentialsInvalid } from "../domain/iam-errors.ts";
import type { Credentials, Hashing } from "./ports.ts";
import type { Attempt, LoginThrottle } from "./throttle-logins.ts";

/** What a person shows. */
export interface Proof {
  readonly attempt: Attempt;
  readonly password: string;
  /** Looks for the person. */
  find(): Promise<Credentials | undefined>;
}

/** A person who has shown their password. */
export interface Proved {
  readonly credentials: Credentials;
  /** Their hash was made with other parameters than today's. */
  readonly outdated: boolean;
}

/** Decides whether a password is the person's. The same work is done whether there is such a person or not. */
export class ProvePassword {
  readonly #throttle: LoginThrottle;

  constructor(throttle: LoginThrottle) {
    this.#throttle = throttle;
  }

  /** @throws AppError CREDENTIALS_INVALID, RATE_LIMITED */
  async execute({ attempt, password, find }: Proof, hashing: Hashing): Promise<Proved> {
    await this.#throttle.admit(attempt);
    const credentials = await find();
    const { matches, outdated } = await hashing.check(credentials?.passwordHash, password);
    if (credentials === undefined || !matches) {
      await this.#throttle.failed(attempt);
      throw credentialsInvalid();
    }
    await this.#throttle.succeeded(attempt);
    return { credentials, outdated };
  }
}
