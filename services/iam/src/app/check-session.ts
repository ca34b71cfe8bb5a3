import type { Clock, Uuid } from "@gantry/kernel";
import { sessionInvalid } from "../domain/iam-errors.ts";
import { BoundedCache } from "./bounded-cache.ts";
import type { Identity, IssueIdentity } from "./issue-identity.ts";
import type { LiveSessions } from "./live-sessions.ts";
import { hashOfToken } from "./session-token.ts";

/** Who is behind a session. */
export interface CheckedSession {
  readonly userUuid: Uuid;
  readonly identity: Identity;
}

const CAPACITY = 10_000;

/** Turns a token into a signed identity. Only good answers may be remembered, and only for `cacheMs`. */
export class CheckSession {
  readonly #live: LiveSessions;
  readonly #issue: IssueIdentity;
  readonly #cacheMs: number;
  readonly #clock: Clock;
  readonly #good = new BoundedCache<CheckedSession>(CAPACITY);

  /** @param cacheMs how long a log-out may stay unnoticed here; 0 asks each time */
  constructor(live: LiveSessions, issue: IssueIdentity, cacheMs: number, clock: Clock) {
    this.#live = live;
    this.#issue = issue;
    this.#cacheMs = cacheMs;
    this.#clock = clock;
  }

  /** @throws AppError SESSION_INVALID */
  async execute(token: string): Promise<CheckedSession> {
    if (this.#cacheMs === 0) return this.#check(token);
    const now = this.#clock.now();
    const key = hashOfToken(token);
    const known = this.#good.get(key, now);
    if (known !== undefined) return known;
    const checked = await this.#check(token);
    this.#good.set(key, checked, now.getTime() + this.#cacheMs);
    return checked;
  }

  async #check(token: string): Promise<CheckedSession> {
    const session = await this.#live.ofToken(token);
    if (session === undefined) throw sessionInvalid();
    const { userUuid, sessionUuid } = session;
    return { userUuid, identity: await this.#issue.execute(userUuid, sessionUuid) };
  }
}
