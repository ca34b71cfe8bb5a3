import type { Clock, Uuid } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Revocations, SessionStore } from "./ports.ts";

/** Longer than any session, so that none outlives the memory of its end. */
const MAX_SESSION_LIFE_MS = 86_400_000;

export class LogOut {
  readonly #revocations: Revocations;
  readonly #sessions: SessionStore;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(revocations: Revocations, sessions: SessionStore, clock: Clock, logger: Logger) {
    this.#revocations = revocations;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#logger = logger;
  }

  async execute(sessionUuid: Uuid): Promise<void> {
    await this.#revocations.end(sessionUuid, new Date(this.#clock.now().getTime() + MAX_SESSION_LIFE_MS));
    // It has ended by now; what the store still has of it opens nothing.
    await this.#sessions.end(sessionUuid).catch((error: unknown) => {
      this.#logger.warn({ err: error }, "an ended session was not deleted");
    });
  }
}
