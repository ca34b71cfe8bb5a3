import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** Listens on a free loopback port, says which on stdout, and ends on SIGTERM. */
export async function listening(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  announce((server.address() as AddressInfo).port);
}

/** Tells the benchmark where this server is. */
export function announce(port: number): void {
  process.stdout.write(`${port}\n`);
  process.on("SIGTERM", () => process.exit(0));
}
