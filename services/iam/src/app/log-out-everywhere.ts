import type { Clock, Uuid } from "@gantry/kernel";
import { sessionInvalid } from "../domain/iam-errors.ts";
import type { Revocations, SessionStore } from "./ports.ts";

export class LogOutEverywhere {
  readonly #revocations: Revocations;
  readonly #sessions: SessionStore;
  readonly #clock: Clock;

  constructor(revocations: Revocations, sessions: SessionStore, clock: Clock) {
    this.#revocations = revocations;
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** Once the epoch is there, all sessions have ended, whatever becomes of the rest. @returns how many there were */
  async execute(userUuid: Uuid): Promise<number> {
    const known = await this.#revocations.endAll(userUuid);
    if (!known) throw sessionInvalid();
    return this.#sessions.endAll(userUuid, this.#clock.now());
  }
}
