import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "@gantry/kernel";

/** The call that the running code works for: calls made from it inherit its deadline and end with it. */
export interface CallScope {
  /** Aborted when the work is no longer wanted: the deadline has passed or the caller has gone. */
  readonly signal: AbortSignal;
  /** When the work must be done, on the clock of `performance.now()`. */
  readonly dueMs: number;
  /** Set when the work is done. What was started on the way and lives on (a timer, a pool) is then bound no longer. */
  readonly over?: boolean;
}

const current = new AsyncLocalStorage<CallScope>();

/** The scope of the running code, if it works for a call that is not over. */
export function callScope(): CallScope | undefined {
  const scope = current.getStore();
  return scope?.over === true ? undefined : scope;
}

/**
 * Runs `fn` within a scope. The RPC server does so for each call; other hosts (an HTTP handler, a consumer) may, so that
 * the calls they make inherit their deadline.
 */
export const runInCallScope = <T>(scope: CallScope, fn: () => T): T => current.run(scope, fn);

export const deadlineExceeded = (afterMs: number): AppError =>
  new AppError({
    kind: "timeout",
    reason: "DEADLINE_EXCEEDED",
    message: `The call did not finish within ${Math.round(afterMs)} ms.`,
  });
