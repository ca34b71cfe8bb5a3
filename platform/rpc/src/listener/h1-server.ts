import { createServer, type Server } from "node:http";
import type { Exchange } from "../exchange/exchange.ts";
import { H1Exchange } from "../exchange/h1-exchange.ts";
import type { RpcLimits } from "../limits.ts";
import type { SubServer } from "./sub-server.ts";

/** How often Node looks for connections that are over time, in milliseconds. */
const CHECK_MS = 1_000;
/** What a streaming request may take beyond the longest deadline, in milliseconds. */
const SPARE_MS = 10_000;

/** The HTTP/1.1 half of a listener. */
export function createH1Server(limits: RpcLimits, onExchange: (exchange: Exchange) => void): SubServer {
  let draining = false;
  const server = createServer({
    maxHeaderSize: limits.headerMaxBytes,
    headersTimeout: limits.headerTimeoutMs,
    requestTimeout: Math.max(limits.headerTimeoutMs, limits.maxTimeoutMs) + SPARE_MS,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.on("request", (request, response) => {
    onExchange(new H1Exchange(request, response, limits.lingerMs, () => draining));
    response.once("close", () => draining && setImmediate(() => server.closeIdleConnections()));
  });
  // it never listens itself, and without this it would check no timeout and know no idle connection
  server.emit("listening");
  return {
    accept: (socket) => server.emit("connection", socket),
    drain: () => {
      draining = true;
      server.closeIdleConnections();
    },
    close: () => close(server),
  };
}

function close(server: Server): void {
  server.closeAllConnections();
  server.close(() => {}); // says "not running", and stops the checks
}
