import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { eachStep } from "../streams.ts";
import { callPlanKey } from "./call-plan.ts";

/** How much earlier than ours a server's clock may see the deadline, in milliseconds. */
const CLOCK_SLACK_MS = 50;

/** What Node says of a connection that is gone, beyond what connect-node knows. */
const gone: ReadonlySet<unknown> = new Set([
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_HTTP2_GOAWAY_SESSION",
  "ERR_HTTP2_INVALID_SESSION",
  "ERR_HTTP2_SESSION_ERROR",
  "ERR_HTTP2_STREAM_CANCEL",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/**
 * Says `unavailable` for a connection that was lost, which connect-node tells as `aborted`, `canceled` or `internal`
 * depending on where in the call it happens; and `deadline_exceeded` for a server that cancelled because its clock saw
 * the deadline first.
 */
export const lostConnection: Interceptor = (next) => async (req) => {
  const around = async <R>(step: () => Promise<R>): Promise<R> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof ConnectError) || req.signal.aborted || !isLost(error)) throw error;
      const dueMs = req.contextValues.get(callPlanKey)?.dueMs ?? Number.POSITIVE_INFINITY;
      const late = error.code === Code.Canceled && performance.now() + CLOCK_SLACK_MS >= dueMs;
      if (late) throw new ConnectError("the operation timed out", Code.DeadlineExceeded, undefined, undefined, error);
      throw new ConnectError("the connection was lost", Code.Unavailable, undefined, undefined, error);
    }
  };
  const res = await around(() => next(req));
  return res.stream ? { ...res, message: eachStep(res.message, around) } : res;
};

function isLost(error: ConnectError): boolean {
  if (error.isWireError) return false;
  return error.code === Code.Aborted || error.code === Code.Canceled || causes(error).some((code) => gone.has(code));
}

function causes(error: Error): unknown[] {
  const codes: unknown[] = [];
  let cause: unknown = error.cause;
  for (let depth = 0; cause instanceof Error && depth < 8; depth++) {
    if ("code" in cause) codes.push(cause.code);
    cause = cause.cause;
  }
  return codes;
}
