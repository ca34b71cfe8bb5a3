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

/** A stream that the server reset without an answer: not begun, or given up. */
const resetStream = /NGHTTP2_(REFUSED_STREAM|CANCEL)\b/;

/**
 * Says `unavailable` for a connection that was lost or a call that the server did not begin, which connect-node tells as
 * `aborted`, `canceled` or `internal` depending on where in the call it happens; and `deadline_exceeded` for a server
 * that gave up because its clock saw the deadline first.
 */
export const lostConnection: Interceptor = (next) => async (req) => {
  const around = async <R>(step: () => Promise<R>): Promise<R> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof ConnectError) || req.signal.aborted || !isLost(error)) throw error;
      const dueMs = req.contextValues.get(callPlanKey)?.dueMs ?? Number.POSITIVE_INFINITY;
      const late = performance.now() + CLOCK_SLACK_MS >= dueMs;
      if (late) throw new ConnectError("the operation timed out", Code.DeadlineExceeded, undefined, undefined, error);
      throw new ConnectError("the connection was lost", Code.Unavailable, undefined, undefined, error);
    }
  };
  const res = await around(() => next(req));
  return res.stream ? { ...res, message: eachStep(res.message, around) } : res;
};

function isLost(error: ConnectError): boolean {
  if (error.isWireError) return false;
  return error.code === Code.Aborted || error.code === Code.Canceled || causesOf(error).some(tellsLoss);
}

function tellsLoss(cause: Error): boolean {
  if (!("code" in cause)) return false;
  return gone.has(cause.code) || (cause.code === "ERR_HTTP2_STREAM_ERROR" && resetStream.test(cause.message));
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 8; cause = cause.cause) causes.push(cause);
  return causes;
}
