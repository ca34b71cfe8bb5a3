import type { Clock, Uuid } from "@gantry/kernel";
import { BoundedCache } from "./bounded-cache.ts";
import type { SignIdentity } from "./ports.ts";

/** A signed identity. */
export interface Identity {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Some 10 MB. */
const CAPACITY = 20_000;

/**
 * Signs identities, and gives the same again to the same session while more than half of its life is left: services remember
 * what they have verified, and a token that changed with every request would be verified with every request. Whether the
 * session lives is asked before, each time.
 */
export class IssueIdentity {
  readonly #sign: SignIdentity;
  readonly #ttlSec: number;
  readonly #clock: Clock;
  readonly #issued = new BoundedCache<Promise<Identity>>(CAPACITY);

  constructor(sign: SignIdentity, ttlSec: number, clock: Clock) {
    this.#sign = sign;
    this.#ttlSec = ttlSec;
    this.#clock = clock;
  }

  /** Callers at the same time share one signature. */
  execute(userUuid: Uuid, sessionUuid: Uuid): Promise<Identity> {
    const now = this.#clock.now();
    const known = this.#issued.get(sessionUuid, now);
    if (known !== undefined) return known;
    const identity = this.#issue(userUuid, sessionUuid, now);
    this.#issued.set(sessionUuid, identity, now.getTime() + (this.#ttlSec * 1000) / 2);
    identity.catch(() => this.#issued.set(sessionUuid, identity, 0));
    return identity;
  }

  async #issue(userUuid: Uuid, sessionUuid: Uuid, now: Date): Promise<Identity> {
    const token = await this.#sign(userUuid, sessionUuid);
    // The signature may be a second later; too early an end does no harm.
    return { token, expiresAt: new Date((Math.floor(now.getTime() / 1000) + this.#ttlSec) * 1000) };
  }
}
