import type { Duplex } from "node:stream";
import { type ReasonName, reasons } from "./reasons.ts";
import { refusal, refusalAnswer } from "./refusal.ts";

/** What Node calls the ways in which bytes are no request. Anything else is malformed. */
const byCode: Readonly<Record<string, ReasonName>> = {
  HPE_HEADER_OVERFLOW: "HEADERS_TOO_LARGE",
  ERR_HTTP_REQUEST_TIMEOUT: "REQUEST_TIMEOUT",
};

/**
 * Answers bytes that never became a request with a problem document, and ends the connection.
 * @returns what it was refused for
 */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): ReasonName {
  const name = byCode[error.code ?? ""] ?? "MALFORMED_REQUEST";
  const { status, fields, body } = refusalAnswer(refusal(name), "http", { contentType: undefined, traceId: undefined });
  const head = [
    `HTTP/1.1 ${status} ${reasons[name].title}`,
    `content-type: ${fields[1]}`,
    `content-length: ${body.length}`,
    "connection: close",
    "",
    "",
  ].join("\r\n");
  socket.on("error", () => {});
  socket.write(head);
  socket.end(body);
  return name;
}
