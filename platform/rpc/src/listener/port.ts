import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ListenerLimits } from "./listener-limits.ts";
import { type Spoken, sniff } from "./sniff.ts";
import type { TlsKeys } from "./tls.ts";

/** After this long without traffic the kernel asks whether the peer is still there, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

// no allowHalfOpen: an h2 session would not notice that its peer is gone
const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };

/** Called for each connection, and once it is known what it speaks. */
export interface PortHandlers {
  connection(socket: Socket): void;
  spoken(socket: Socket, spoken: Spoken): void;
}

/** A port for both versions of HTTP: the first bytes decide, or ALPN where there is TLS. */
export function openPort(limits: ListenerLimits, tls: TlsKeys | undefined, handlers: PortHandlers): Server {
  const server = tls === undefined ? cleartext(limits, handlers) : encrypted(limits, tls, handlers);
  server.maxConnections = limits.maxConnections;
  return server;
}

function cleartext(limits: ListenerLimits, handlers: PortHandlers): Server {
  return createServer(socketOptions, (socket) => {
    handlers.connection(socket);
    sniff(socket, limits.headerTimeoutMs, (spoken) => handlers.spoken(socket, spoken));
  });
}

function encrypted(limits: ListenerLimits, { cert, key }: TlsKeys, handlers: PortHandlers): Server {
  const server = createTlsServer({
    ...socketOptions,
    cert,
    key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: limits.headerTimeoutMs,
  });
  server.on("connection", handlers.connection);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("secureConnection", (socket) => handlers.spoken(socket, socket.alpnProtocol === "h2" ? "h2" : "h1"));
  return server;
}
