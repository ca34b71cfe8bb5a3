import type { IncomingMessage, ServerResponse } from "node:http";
import { attributeNames, type Logger, recordHttpServed, startServerSpan } from "@gantry/telemetry";
import { Exchange, type HostBindings } from "../contract/exchange.ts";

/** The status that a request is counted under when its client left before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Serves one request inside its server span. When the response is closed, the request is logged, counted and timed: by
 * route, never by path, without bodies and without anything that names a person.
 */
export function observed<T>(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  logger: Logger,
  serve: (bindings: HostBindings) => T,
): T {
  const startedAt = performance.now();
  const method = incoming.method ?? "GET";
  const span = startServerSpan(method, incoming.headers, { [attributeNames.httpMethod]: method });
  const exchange = new Exchange(span.traceId);
  outgoing.on("close", () => {
    const { route, code, error, traceId } = exchange;
    const status = outgoing.writableFinished ? outgoing.statusCode : CLIENT_CLOSED_REQUEST;
    const durationMs = performance.now() - startedAt;
    recordHttpServed({ method, route, status, durationMs });
    if (route !== undefined) span.rename(`${method} ${route}`);
    span.set({
      [attributeNames.httpStatus]: status,
      ...(route !== undefined && { [attributeNames.httpRoute]: route }),
    });
    span.end(error);
    logger.info({ method, route, status, ms: Math.round(durationMs * 10) / 10, code, trace_id: traceId }, "request");
  });
  return span.run(() => serve({ incoming, outgoing, exchange }));
}
