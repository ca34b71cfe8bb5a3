import type { Clock, Uuid } from "@gantry/kernel";
import type { Revocations, SessionStore, StoredSession } from "./ports.ts";
import { hashOfToken, isToken } from "./session-token.ts";

/** Finds sessions that live: there in the store, and not revoked beside the users. Nothing is remembered between calls. */
export class LiveSessions {
  readonly #sessions: SessionStore;
  readonly #revocations: Revocations;
  readonly #clock: Clock;

  constructor(sessions: SessionStore, revocations: Revocations, clock: Clock) {
    this.#sessions = sessions;
    this.#revocations = revocations;
    this.#clock = clock;
  }

  /** The session that a token opens, which this use keeps alive. */
  async ofToken(token: string): Promise<StoredSession | undefined> {
    if (!isToken(token)) return undefined;
    const session = await this.#sessions.use(hashOfToken(token), this.#clock.now());
    if (session === undefined) return undefined;
    const [live] = await this.#unrevoked([session]);
    return live;
  }

  async find(sessionUuids: readonly Uuid[]): Promise<readonly StoredSession[]> {
    const found = await this.#sessions.find(sessionUuids, this.#clock.now());
    return found.length === 0 ? [] : this.#unrevoked(found);
  }

  async #unrevoked(sessions: readonly StoredSession[]): Promise<readonly StoredSession[]> {
    const unrevoked = await this.#revocations.unrevoked(sessions);
    return sessions.filter(({ sessionUuid }) => unrevoked.has(sessionUuid));
  }
}
