import type { Server, Socket } from "node:net";
import { createH1Server } from "./h1-server.ts";
import { createH2Server } from "./h2-server.ts";
import type { ListenerHandlers } from "./handlers.ts";
import type { ListenerLimits } from "./listener-limits.ts";
import { openPort } from "./port.ts";
import type { TlsKeys } from "./tls.ts";

export interface Listener {
  /**
   * Opens the port; 0 takes a free one.
   * @returns the bound port
   */
  listen(host: string, port: number): Promise<number>;
  /** Accepts nothing more, closes idle connections, sends GOAWAY. Resolves when the running exchanges are over too. */
  drain(): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

/**
 * One port for HTTP/1.1 and h2. Cleartext: h2 with prior knowledge, the first bytes of a connection decide. With `tls`:
 * what ALPN agrees on.
 */
export function createListener(limits: ListenerLimits, handlers: ListenerHandlers, tls?: TlsKeys): Listener {
  const servers = { h1: createH1Server(limits, handlers), h2: createH2Server(limits, handlers) };
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const server = openPort(limits, tls, {
    connection(socket) {
      sockets.add(socket);
      silent.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        silent.delete(socket);
      });
    },
    spoken(socket, spoken) {
      silent.delete(socket);
      servers[spoken].accept(socket);
    },
  });
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
