import { connect, type Socket } from "node:net";
import { eventually } from "./within.ts";

/** A connection on which any bytes can be said. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that was heard, as latin-1. */
  heard(): string;
  readonly closed: boolean;
  say(bytes: string): void;
}

export function dial(url: string, localAddress?: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname,
    port: Number(port),
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  let heard = "";
  let closed = false;
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
  });
  socket.on("error", () => undefined);
  socket.once("close", () => {
    closed = true;
  });
  return {
    socket,
    heard: () => heard,
    get closed() {
      return closed;
    },
    say: (bytes) => void socket.write(bytes, "latin1"),
  };
}

/** A gateway that says nothing more for so long has nothing more to say, in milliseconds. */
const QUIET_MS = 400;
const FIRST_MS = 5_000;

export interface ExchangeOptions {
  /** How long the first bytes may take, in milliseconds. Default 5 s. Nothing until then is an answer, too. */
  readonly firstMs?: number;
  /** Whether to stop listening after one answer. Where there might be a second one, silence is waited for. */
  readonly one?: boolean;
}

/** Says something on a connection of its own, and listens until it is closed or falls silent. */
export async function exchange(url: string, bytes: string, options: ExchangeOptions = {}): Promise<string> {
  const { firstMs = FIRST_MS, one = false } = options;
  const connection = dial(url);
  connection.say(bytes);
  let [length, changedMs] = [0, performance.now()];
  const over = (): boolean => {
    const now = performance.now();
    const heard = connection.heard();
    if (heard.length !== length) [length, changedMs] = [heard.length, now];
    return connection.closed || (one && isWhole(heard)) || now - changedMs > (length === 0 ? firstMs : QUIET_MS);
  };
  await eventually("silence", over, firstMs + 10_000);
  connection.socket.destroy();
  return connection.heard();
}

/** Whether a text is an answer whose length is said and reached. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const said = /^content-length: *(\d+)\r$/im.exec(text.slice(0, end))?.[1];
  return end > 0 && said !== undefined && text.length >= end + 4 + Number(said);
}

/** Status codes of the answers in a text. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
