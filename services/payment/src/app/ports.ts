import type { Uuid } from "@gantry/kernel";
import type { Decision, Standing } from "../domain/decision.ts";

/** What came of an attempt to decide. */
export interface Arbitration {
  /** The decision about the order, whoever made it. */
  readonly standing: Standing;
  /** Whether this attempt made it. True exactly once for each order. */
  readonly made: boolean;
}

/** The arbiter: one decision for each order. */
export interface DecisionStore {
  /**
   * Makes `wanted` the decision about its order, unless there is one. Durable when it resolves; when it rejects, the outcome
   * is open and asking again tells it.
   */
  decide(wanted: Decision): Promise<Arbitration>;
  find(orderUuid: Uuid): Promise<Standing | undefined>;
}
