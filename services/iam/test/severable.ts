import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut. */
export interface Severable extends AsyncDisposable {
  /** The server's URL, by this way. */
  readonly url: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): void;
  heal(): void;
}

/** Listens on 127.0.0.1 and passes bytes on to the server of `url`. */
export async function severable(url: string): Promise<Severable> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    hold(client);
    if (isCut) return void client.resetAndDestroy();
    const upstream = connect({ host: target.hostname, port: Number(target.port) });
    hold(upstream);
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  const here = new URL(url);
  here.hostname = "127.0.0.1";
  here.port = String(typeof address === "object" && address !== null ? address.port : 0);
  return {
    url: here.href,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    heal() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
