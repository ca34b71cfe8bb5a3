import { createContextKey } from "@connectrpc/connect";
import type { Policy } from "@gantry/kernel";

/** What is known of a call before it is made. */
export interface CallPlan {
  readonly policy: Policy;
  /** Aborted when the caller no longer wants the answer. */
  readonly signal: AbortSignal | undefined;
  /** When the answer must be there, on the clock of `performance.now()`; infinite for a call without a deadline. */
  readonly dueMs: number;
}

export const callPlanKey = createContextKey<CallPlan | undefined>(undefined, { description: "call plan" });
