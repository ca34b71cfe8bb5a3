import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "@gantry/telemetry";
import { PROBLEM_JSON } from "../problem/problem.ts";
import { quotableTraceId } from "../problem/trace-id.ts";

/** What Node calls the ways in which bytes are no request. Anything else is a 400. */
const refusals: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: "HEADERS_TOO_LARGE", message: "The headers are too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "REQUEST_TIMEOUT", message: "The request did not come in time." },
};

const malformed = { status: 400, code: "MALFORMED_REQUEST", message: "This is not an HTTP request." };

/**
 * Answers bytes that never became a request with a problem document and closes the connection. Says nothing when an
 * answer is already on its way or nobody is there any more.
 */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  service: string,
  logger: Logger,
  isAnswering: boolean,
): void {
  if (isAnswering || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const refusal = refusals[error.code ?? ""] ?? malformed;
  const traceId = quotableTraceId();
  logger.info({ status: refusal.status, code: refusal.code, trace_id: traceId }, "request");
  socket.end(rawResponse(refusal, service, traceId));
}

function rawResponse(refusal: typeof malformed, service: string, traceId: string): string {
  const { status, code, message } = refusal;
  const title = STATUS_CODES[status] ?? "Bad Request";
  const type = `urn:gantry:${service}:${code.toLowerCase().replaceAll("_", "-")}`;
  const body = JSON.stringify({ type, title, status, code, message, trace_id: traceId });
  return [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${PROBLEM_JSON}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
