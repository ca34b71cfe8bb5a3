import { createServer, type Server, type Socket } from "node:net";
import type { Exchange } from "../exchange/exchange.ts";
import type { RpcLimits } from "../limits.ts";
import { createH1Server } from "./h1-server.ts";
import { createH2Server } from "./h2-server.ts";
import { sniff } from "./sniff.ts";

/** After this long without traffic the kernel asks whether the peer is still there, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

export interface Listener {
  /** @returns the bound port */
  listen(host: string, port: number): Promise<number>;
  /** Accepts nothing more, closes idle connections, sends GOAWAY. Resolves when the running exchanges are over too. */
  drain(): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

/** One cleartext port for HTTP/1.1 and h2 with prior knowledge; the first bytes of a connection decide. */
export function createListener(limits: RpcLimits, onExchange: (exchange: Exchange) => void): Listener {
  const servers = { h1: createH1Server(limits, onExchange), h2: createH2Server(limits, onExchange) };
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    silent.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      silent.delete(socket);
    });
    sniff(socket, limits.headerTimeoutMs, (spoken) => {
      silent.delete(socket);
      servers[spoken].accept(socket);
    });
  };
  // no allowHalfOpen: an h2 session would not notice that its peer is gone
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, accept);
  server.maxConnections = limits.maxConnections;
  return {
    listen: (host, port) => listen(server, host, port),
    drain() {
      const drained = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of silent) socket.destroy();
      servers.h1.drain();
      servers.h2.drain();
      return drained;
    },
    close() {
      servers.h1.close();
      servers.h2.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error(`no TCP port at ${host}:${port}`));
      else resolve(address.port);
    });
  });
}
