import type { LogFields, Logger } from "@gantry/telemetry";
import type { CallRecord } from "../server/call-record.ts";
import type { Exchange } from "./exchange.ts";

/** The path of an unknown method is the caller's text: that much of it is written. */
const PATH_CHARS = 200;
/** Health probes come every few seconds. */
const PROBES = "/grpc.health.v1.Health/";

/** One line for each HTTP request, when it is over. Without the query, which holds the message of a Connect GET. */
export function logExchange(logger: Logger, exchange: Exchange, record: CallRecord, startedMs: number): void {
  const fields: LogFields = {
    path: exchange.url.split("?", 1)[0]?.slice(0, PATH_CHARS),
    method: exchange.method,
    http: exchange.httpVersion,
    status: exchange.status,
    code: record.code,
    reason: record.reason,
    caller: record.caller,
    duration_ms: Math.round((performance.now() - startedMs) * 1000) / 1000,
    ...(exchange.signal.aborted ? { aborted: true } : {}),
    ...(record.traceId === undefined ? {} : { trace_id: record.traceId }),
  };
  if (exchange.url.startsWith(PROBES)) logger.debug(fields, "request");
  else logger.info(fields, "request");
}
