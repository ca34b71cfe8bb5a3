import { createServer } from "node:net";

/**
 * A TCP port of 127.0.0.1 that nobody listens on now, chosen by the kernel.
 *
 * Another process may take it before you do: prefer listening on port 0 where the server can, and try again where it
 * cannot.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: "127.0.0.1" }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("the kernel gave no TCP port"));
        else resolve(address.port);
      });
    });
  });
}

/** Whether 127.0.0.1:`port` can be listened on now. Never throws: a port that may not be used counts as taken. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
