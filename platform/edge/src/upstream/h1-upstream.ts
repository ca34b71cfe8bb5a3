import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import type { Upstream, UpstreamAnswer, UpstreamListener, UpstreamRequest } from "./upstream.ts";

/** Connections to one service at most; further requests wait for one. */
const MAX_CONNECTIONS = 512;
const MAX_IDLE_CONNECTIONS = 64;
/** An idle connection is closed before Node's servers close it, which is after 5 s unless they are told otherwise. */
const IDLE_MS = 4_000;

/** A service that speaks HTTP/1.1. */
export function createH1Upstream(url: string): Upstream {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== "http:") throw new RangeError(`a service must be at http://…, not at ${url}`);
  const agent = new Agent({
    keepAlive: true,
    maxSockets: MAX_CONNECTIONS,
    maxFreeSockets: MAX_IDLE_CONNECTIONS,
    timeout: IDLE_MS,
  });
  const place = { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 80 : Number(port), agent };
  return {
    open(request, listener) {
      const outgoing = httpRequest({
        ...place,
        method: request.method,
        path: request.target,
        headers: headersOf(request),
      });
      outgoing.on("response", (response) => listener.head(answerOf(response, listener)));
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        if (outgoing.reusedSocket && error.code === "ECONNRESET") listener.stale();
        else listener.fail(error.code === "ECONNREFUSED");
      });
      return { sink: outgoing, cancel: () => outgoing.destroy() };
    },
    close: () => agent.destroy(),
  };
}

/** With a raw list, Node adds neither host nor framing. */
function headersOf({ authority, fields, isBodyless, length, method, wantsTrailers }: UpstreamRequest): string[] {
  const headers = ["host", authority, ...fields];
  if (length !== undefined) headers.push("content-length", String(length));
  else if (!isBodyless) headers.push("transfer-encoding", "chunked");
  else if (method !== "GET" && method !== "HEAD") headers.push("content-length", "0");
  if (wantsTrailers) headers.push("te", "trailers");
  return headers;
}

function answerOf(response: IncomingMessage, listener: UpstreamListener): UpstreamAnswer {
  response.on("error", () => listener.fail(false));
  return {
    status: response.statusCode ?? 0,
    rawHeaders: response.rawHeaders,
    body: response,
    isEmpty: false,
    trailers: () => (response.complete ? response.rawTrailers : undefined),
  };
}
