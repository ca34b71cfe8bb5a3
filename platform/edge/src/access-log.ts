import { type Logger, recordHttpServed } from "@gantry/telemetry";
import type { Visit } from "./forward/visit.ts";

/** The status that a request is counted under when its client left before there was an answer. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * One line and one measurement for each request, when it is over. By route, never by path: no query, no token, nothing that the client
 * made up.
 */
export function recordVisit(visit: Visit, isComplete: boolean, logger: Logger): void {
  const { caller, route, reason, requestId, startedMs, traceId } = visit;
  const durationMs = performance.now() - startedMs;
  const status = visit.status === 0 ? CLIENT_CLOSED_REQUEST : visit.status;
  const method = knownMethod(caller.method);
  recordHttpServed({ method, route: route?.path, status, durationMs });
  logger.info(
    {
      method,
      route: route?.path,
      http: caller.isH2 ? "2.0" : "1.1",
      status,
      ms: Math.round(durationMs * 10) / 10,
      user: visit.userUuid,
      code: reason,
      request_id: requestId,
      ...(traceId === undefined ? {} : { trace_id: traceId }),
      ...(isComplete ? {} : { aborted: true }),
    },
    "request",
  );
}

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Anything can stand there, and each would be a series of its own (OpenTelemetry says `_OTHER`). */
const knownMethod = (method: string): string => (methods.has(method) ? method : "_OTHER");
