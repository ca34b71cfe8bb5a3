import type { Uuid } from "@gantry/kernel";
import { sessionInvalid } from "../domain/iam-errors.ts";
import type { User } from "../domain/user.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { StoredSession, UserStore } from "./ports.ts";

export class WhoAmI {
  readonly #users: UserStore;
  readonly #live: LiveSessions;

  constructor(users: UserStore, live: LiveSessions) {
    this.#users = users;
    this.#live = live;
  }

  /** @throws AppError SESSION_INVALID when the session has ended since the identity was signed */
  async execute(userUuid: Uuid, sessionUuid: Uuid): Promise<{ user: User; session: StoredSession }> {
    const [user, [session]] = await Promise.all([this.#users.find(userUuid), this.#live.find([sessionUuid])]);
    if (user === undefined || session?.userUuid !== userUuid) throw sessionInvalid();
    return { user, session };
  }
}
