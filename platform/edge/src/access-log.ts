import { attributeNames, type Logger, recordHttpServed } from "@gantry/telemetry";
import type { Visit } from "./forward/visit.ts";
import { knownMethod } from "./request/known-method.ts";

/** The status that a request is counted under when its client left before there was an answer. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * One line, one measurement and one span for each request, when it is over. By route, never by path: no query, no token,
 * nothing that the client made up.
 */
export function recordVisit(visit: Visit, isComplete: boolean, logger: Logger): void {
  const { caller, route, reason, requestId, startedMs, trace } = visit;
  const durationMs = performance.now() - startedMs;
  const status = visit.status === 0 ? CLIENT_CLOSED_REQUEST : visit.status;
  const method = knownMethod(caller.method);
  endSpan(visit, method, status);
  recordHttpServed({ method, route: route?.path, status, durationMs });
  logger[visit.isProbe ? "debug" : "info"](
    {
      method,
      route: route?.path,
      http: caller.isH2 ? "2.0" : "1.1",
      status,
      ms: Math.round(durationMs * 10) / 10,
      user: visit.userUuid,
      code: reason,
      request_id: requestId,
      trace_id: trace.traceId,
      ...(isComplete ? {} : { aborted: true }),
    },
    "request",
  );
}

function endSpan({ trace: { span }, route, reason }: Visit, method: string, status: number): void {
  if (route !== undefined) span.rename(`${method} ${route.path}`);
  span.set({
    [attributeNames.httpStatus]: status,
    ...(route === undefined ? {} : { [attributeNames.httpRoute]: route.path }),
    ...(reason === undefined ? {} : { [attributeNames.errorType]: reason }),
  });
  span.end();
}
