import type { Redis } from "@gantry/redis";
import type { SessionStore, StoredSession } from "../app/ports.ts";
import * as scripts from "./session-scripts.redis.ts";

/** A use is written down when the last one that was is older than this. */
const SEEN_GRAIN_MS = 60_000;
/** How long Redis keeps what is over: the callers' clocks decide what that is, and its own may be ahead of them. */
const FORGET_AFTER_MS = 60_000;
/** Ids of one script at most: while it runs, for a millisecond then, nobody else is served. */
const IDS_AT_ONCE = 100;

/**
 * Sessions in Redis 7.0 or newer, one primary. Each method is one script, and a script is atomic; `find` takes one for each
 * hundred ids.
 */
export class RedisSessionStore implements SessionStore {
  readonly #redis: Redis;
  readonly #idleMs: number;

  /** @param idleMs how long a session lives without being used */
  constructor(redis: Redis, idleMs: number) {
    this.#redis = redis;
    this.#idleMs = idleMs;
  }

  async begin(session: StoredSession): Promise<void> {
    const { tokenHash, sessionUuid, userUuid, epoch, createdAt, expiresAt, lastSeenAt } = session;
    const times = [createdAt, expiresAt, lastSeenAt].map(Number);
    const forgetAt = Number(expiresAt) + FORGET_AFTER_MS;
    await this.#redis.run(scripts.begin, [], [tokenHash, sessionUuid, userUuid, epoch, ...times, forgetAt]);
  }

  use(tokenHash: string, at: Date): Promise<StoredSession | undefined> {
    return this.#redis.run(scripts.use, [], [tokenHash, Number(at), this.#idleMs, this.#grainMs]);
  }

  async find(sessionUuids: readonly string[], at: Date): Promise<readonly StoredSession[]> {
    const parts: Promise<readonly StoredSession[]>[] = [];
    for (let from = 0; from < sessionUuids.length; from += IDS_AT_ONCE) {
      const ids = sessionUuids.slice(from, from + IDS_AT_ONCE);
      parts.push(this.#redis.run(scripts.find, [], [Number(at), this.#idleMs, ...ids]));
    }
    return (await Promise.all(parts)).flat();
  }

  async end(sessionUuid: string): Promise<void> {
    await this.#redis.run(scripts.end, [], [sessionUuid]);
  }

  endAll(userUuid: string, at: Date, except = ""): Promise<number> {
    return this.#redis.run(scripts.endAll, [], [userUuid, Number(at), this.#idleMs, except]);
  }

  async moveToEpoch(sessionUuid: string, epoch: number): Promise<void> {
    await this.#redis.run(scripts.moveToEpoch, [], [sessionUuid, epoch]);
  }

  /** Short idle times need finer grains, or a session in use would seem idle. */
  get #grainMs(): number {
    return Math.min(SEEN_GRAIN_MS, this.#idleMs / 4);
  }
}
