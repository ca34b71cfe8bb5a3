import type { Uuid } from "@gantry/kernel";
import type { Arbitration, DecisionStore } from "../app/ports.ts";
import type { Decision, Standing } from "../domain/decision.ts";

/** For unit tests. Passes the same contract suite as the real one. */
export class MemoryDecisionStore implements DecisionStore {
  readonly #standing = new Map<Uuid, Standing>();

  async decide(wanted: Decision): Promise<Arbitration> {
    const standing = this.#standing.get(wanted.orderUuid);
    if (standing !== undefined) return { standing, made: false };
    const decided: Standing = { ...wanted, decidedAt: new Date() };
    this.#standing.set(wanted.orderUuid, decided);
    return { standing: decided, made: true };
  }

  async find(orderUuid: Uuid): Promise<Standing | undefined> {
    return this.#standing.get(orderUuid);
  }
}
