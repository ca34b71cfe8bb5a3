import { createServer, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ListenerHandlers, OnRequest } from "./handlers.ts";
import type { ListenerLimits } from "./listener-limits.ts";
import type { SubServer } from "./sub-server.ts";

/** How often Node looks for connections that are over time, in milliseconds. */
const CHECK_MS = 1_000;

/** The HTTP/1.1 half of a listener. */
export function createH1Server(limits: ListenerLimits, handlers: ListenerHandlers): SubServer {
  let draining = false;
  const isDraining = (): boolean => draining;
  const answers = new WeakMap<Duplex, ServerResponse>();
  const server = createServer({
    maxHeaderSize: limits.headerMaxBytes,
    headersTimeout: limits.headerTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.maxHeadersCount = 0; // Node would drop the fields above its limit without a word; their bytes are limited
  const give =
    (handler: OnRequest): OnRequest =>
    (request, response) => {
      answers.set(request.socket, response);
      handler(request, response, isDraining);
      response.once("close", () => draining && setImmediate(() => server.closeIdleConnections()));
    };
  server.on("request", give(handlers.request));
  if (handlers.continue !== undefined) server.on("checkContinue", give(handlers.continue));
  const { malformed } = handlers;
  if (malformed !== undefined) {
    server.on("clientError", (error, socket) => {
      if (!socket.writable || isAnswering(answers.get(socket))) socket.destroy();
      else malformed(error, socket);
    });
  }
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

/** Bytes of an error among those of an answer would be taken for a part of it. */
const isAnswering = (answer: ServerResponse | undefined): boolean =>
  answer?.headersSent === true && !answer.writableFinished;

function close(server: Server): void {
  server.closeAllConnections();
  server.close(() => {}); // says "not running", and stops the checks
}
