import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** What a server does with a command: a reply as RESP writes it, or nothing at all. */
export type Answer = (command: readonly string[], socket: Socket) => string | undefined;

/** A server that speaks RESP and nothing else, for what a real Redis does not do at a test's word. */
export interface FakeRedis extends AsyncDisposable {
  readonly port: number;
  /** All commands so far, those of handshakes first. */
  readonly commands: (readonly string[])[];
  /** Connections so far. */
  readonly connections: Socket[];
  answer: Answer;
}

export const text = (value: string): string => `$${Buffer.byteLength(value)}\r\n${value}\r\n`;

/** What a Redis without a password answers. */
export const polite: Answer = ([name]) => {
  if (name === "HELLO") return `%1\r\n${text("server")}${text("redis")}`;
  if (name === "PING") return "+PONG\r\n";
  return "+OK\r\n";
};

/** @param port of a server that was there before; 0: a free one */
export async function startFakeRedis({ port = 0, tls }: { port?: number; tls?: TlsOptions } = {}): Promise<FakeRedis> {
  const connections: Socket[] = [];
  const commands: (readonly string[])[] = [];
  const onConnection = (socket: Socket): void => {
    connections.push(socket);
    let rest = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let parsed = parse(rest); parsed !== undefined; parsed = parse(rest)) {
        rest = rest.subarray(parsed.length);
        commands.push(parsed.command);
        const reply = fake.answer(parsed.command, socket);
        if (reply !== undefined) socket.write(reply);
      }
    });
  };
  const server: Server = tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection);
  server.listen({ port, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  const fake: FakeRedis = {
    port: typeof address === "object" && address !== null ? address.port : 0,
    commands,
    connections,
    answer: polite,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
  return fake;
}

/** One command, an array of bulk strings: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. Undefined while it is incomplete. */
function parse(bytes: Buffer): { readonly command: readonly string[]; readonly length: number } | undefined {
  let at = 0;
  const line = (): string | undefined => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const found = bytes.toString("utf8", at + 1, end);
    at = end + 2;
    return found;
  };
  const count = line();
  if (count === undefined) return undefined;
  const command: string[] = [];
  for (let i = 0; i < Number(count); i++) {
    const length = line();
    if (length === undefined || at + Number(length) + 2 > bytes.length) return undefined;
    command.push(bytes.toString("utf8", at, at + Number(length)));
    at += Number(length) + 2;
  }
  return { command, length: at };
}
