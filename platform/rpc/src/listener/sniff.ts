import type { Socket } from "node:net";

/** What a connection speaks. */
export type Spoken = "h1" | "h2";

/** HTTP/2 with prior knowledge begins with "PRI * HTTP/2.0" (RFC 9113, 3.4); no method of HTTP/1.1 does. */
const H2_START = "PRI";

/**
 * Looks at the first bytes of a connection and puts them back. A connection that says nothing for `timeoutMs`, or closes,
 * is destroyed: neither of Node's servers has a timer before the first byte.
 */
export function sniff(socket: Socket, timeoutMs: number, then: (spoken: Spoken) => void): void {
  const drop = (): void => void socket.destroy();
  const look = (): void => {
    const first: Buffer | null = socket.read(H2_START.length);
    if (first === null) return; // not all there yet
    clearTimeout(silence);
    socket.off("readable", look).off("end", drop).off("error", drop);
    socket.unshift(first);
    then(first.toString("latin1") === H2_START ? "h2" : "h1");
  };
  const silence = setTimeout(drop, timeoutMs);
  socket.once("close", () => clearTimeout(silence));
  socket.on("readable", look).on("end", drop).on("error", drop);
}
