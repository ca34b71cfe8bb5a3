import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, type Interceptor, type UnaryRequest } from "@connectrpc/connect";
import type { Policy } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { methodName } from "../policies.ts";
import { type CallPlan, callPlanKey } from "./call-plan.ts";
import { RetryBudget } from "./retry-budget.ts";

/** Before the second try, in milliseconds; doubled for each further one. */
const FIRST_PAUSE_MS = 50;
/** Part by which a pause varies, so that callers who failed together do not come back together. */
const JITTER = 0.2;
/** With less than that left after the pause a further try is not begun, in milliseconds. */
const MIN_REMAINING_MS = 20;

/**
 * Repeats a failed call: only methods whose policy says that a repeat does no harm, only as often as it says, only when
 * the server was not reached or asked to come back, within the deadline of the whole call, and while the calls to this
 * target mostly succeed. The only layer that repeats. Streams are not repeated.
 */
export function retry(logger: Logger): Interceptor {
  const budget = new RetryBudget();
  return (next) => (req) => {
    const plan = req.contextValues.get(callPlanKey);
    if (req.stream || plan === undefined || maxTries(plan.policy) === 1) return next(req);
    return repeat(req, plan, next);
  };

  async function repeat(req: UnaryRequest, plan: CallPlan, next: ReturnType<Interceptor>): ReturnType<typeof next> {
    for (let tries = 1; ; tries++) {
      try {
        const res = await next(req);
        budget.succeeded();
        return res;
      } catch (error) {
        if (!mayComeBack(error) || !(await comeBack(req, plan, error, tries))) throw error;
      }
    }
  }

  /** Waits until the next try is due; false when there shall be none. */
  async function comeBack(req: UnaryRequest, plan: CallPlan, error: ConnectError, tries: number): Promise<boolean> {
    budget.failed();
    const pauseMs = budget.isLow ? undefined : pauseBefore(tries + 1, error, plan);
    if (pauseMs === undefined || !(await pause(pauseMs, req.signal))) return false;
    logger.debug({ rpc: methodName(req.method), tries, pause_ms: pauseMs, err: error }, "a call is tried again");
    tellRemainingTime(req, plan);
    return true;
  }
}

const maxTries = (policy: Policy): number => (policy.idempotency === "NONE" ? 1 : Math.max(1, policy.retryAttempts));

/** "Resource exhausted" without a time to come back may as well mean a message that will always be too large. */
function mayComeBack(error: unknown): error is ConnectError {
  if (!(error instanceof ConnectError)) return false;
  return (
    error.code === Code.Unavailable || (error.code === Code.ResourceExhausted && wishedPauseMs(error) !== undefined)
  );
}

/** How long to wait before a further try, in milliseconds; undefined when there is none. */
function pauseBefore(tries: number, error: ConnectError, { policy, dueMs }: CallPlan): number | undefined {
  if (tries > maxTries(policy)) return undefined;
  const jittered = FIRST_PAUSE_MS * 2 ** (tries - 2) * (1 + JITTER * (2 * Math.random() - 1));
  const pauseMs = Math.max(wishedPauseMs(error) ?? 0, jittered);
  return performance.now() + pauseMs + MIN_REMAINING_MS < dueMs ? pauseMs : undefined;
}

function wishedPauseMs(error: ConnectError): number | undefined {
  const seconds = error.metadata.get("retry-after");
  return seconds === null || !/^\d{1,4}$/.test(seconds) ? undefined : Number(seconds) * 1000;
}

/** False when the call ended meanwhile. */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> => delay(ms, true, { signal }).catch(() => false);

/** The server shall not work longer than the caller waits. */
function tellRemainingTime({ header }: UnaryRequest, { dueMs }: CallPlan): void {
  const remainingMs = String(Math.max(1, Math.ceil(dueMs - performance.now())));
  if (header.has("connect-timeout-ms")) header.set("connect-timeout-ms", remainingMs);
  if (header.has("grpc-timeout")) header.set("grpc-timeout", `${remainingMs}m`);
}
