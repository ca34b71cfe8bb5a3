import { createHash } from "node:crypto";
import type { Clock } from "@gantry/kernel";
import { rateLimited } from "../domain/iam-errors.ts";
import { budgets, judge, throttleScopes } from "../domain/throttle.ts";
import type { ThrottleKey, ThrottleStore } from "./ports.ts";

/** Who tries to prove a password: for which login, whether there is one or not, and from where. */
export interface Attempt {
  readonly login: string;
  /** The network that the caller is counted as. */
  readonly address: string;
}

/** Makes guessing slow. */
export interface LoginThrottle {
  /** @throws AppError RATE_LIMITED while the attempt has to wait, whether its password is right or not */
  admit(attempt: Attempt): Promise<void>;
  failed(attempt: Attempt): Promise<void>;
  /** The person has the password: their failures from this address are forgotten. */
  succeeded(attempt: Attempt): Promise<void>;
}

/** For load tests. */
export const unthrottled: LoginThrottle = {
  admit: async () => undefined,
  failed: async () => undefined,
  succeeded: async () => undefined,
};

/** Why so: platform/decisions/092. */
export class ThrottleLogins implements LoginThrottle {
  readonly #store: ThrottleStore;
  readonly #clock: Clock;

  constructor(store: ThrottleStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async admit(attempt: Attempt): Promise<void> {
    const now = this.#clock.now();
    const keys = keysOf(attempt);
    const failures = await this.#store.failures(keys, now);
    const { waitMs, claims } = judge(failures, now);
    if (waitMs > 0) throw rateLimited(waitMs);
    for (const { scope, lastAt } of failures) {
      const key = keys.find((each) => each.scope === scope);
      if (key === undefined || !claims.includes(scope)) continue;
      // Of those that waited, one goes on; the others would be so many guesses more.
      if (!(await this.#store.claim(key, lastAt, now))) throw rateLimited(0);
    }
  }

  async failed(attempt: Attempt): Promise<void> {
    await this.#store.add(keysOf(attempt), budgets, this.#clock.now());
  }

  async succeeded(attempt: Attempt): Promise<void> {
    const pair = keysOf(attempt).find(({ scope }) => scope === "PAIR");
    if (pair !== undefined) await this.#store.forget(pair);
  }
}

function keysOf({ login, address }: Attempt): readonly ThrottleKey[] {
  const texts = { ACCOUNT: login, ADDRESS: address, PAIR: JSON.stringify([login, address]) };
  return throttleScopes.map((scope) => ({ scope, key: createHash("sha256").update(texts[scope]).digest("hex") }));
}
