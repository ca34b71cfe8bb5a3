import type { DescMethod } from "@bufbuild/protobuf";
import { AppError } from "@gantry/kernel";
import { callScope, deadlineExceeded } from "../call-scope.ts";
import { methodName, type Policies } from "../policies.ts";
import type { CallPlan } from "./call-plan.ts";

/** With less than that left of an inherited deadline a call is not begun, in milliseconds: it could only waste work. */
const MIN_REMAINING_MS = 20;

/**
 * Works out deadline and signal of a call: the shortest of what the policy, the caller and the surrounding call allow.
 * @throws AppError `internal` POLICY_MISSING for a method without a policy
 * @throws AppError `timeout` DEADLINE_EXCEEDED when the surrounding call has no time left, or has ended
 */
export function planCall(
  policies: Policies,
  method: DescMethod,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
): CallPlan {
  const policy = policies.of(method);
  if (policy === undefined) throw withoutPolicy(method);
  const nowMs = performance.now();
  const scope = callScope();
  const remainingMs = (scope?.dueMs ?? Number.POSITIVE_INFINITY) - nowMs;
  if (remainingMs < MIN_REMAINING_MS) throw deadlineExceeded(policy.deadlineMs);
  const dueMs = nowMs + Math.min(policy.deadlineMs, timeoutMs ?? Number.POSITIVE_INFINITY, remainingMs);
  return { policy, dueMs, signal: either(signal, scope?.signal) };
}

function either(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  return AbortSignal.any([a, b]);
}

const withoutPolicy = (method: DescMethod): AppError =>
  new AppError({
    kind: "internal",
    reason: "POLICY_MISSING",
    message: `${methodName(method)} has no policy, so nobody may call it.`,
  });
