import { once } from "node:events";
import { createServer as createH1, type RequestListener, type Server } from "node:http";
import {
  createServer as createH2,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { connect, type Socket } from "node:net";
import type { Route } from "@gantry/kernel";
import { createLogger, type Logger, silentLogger } from "@gantry/telemetry";
import { onTestFinished } from "vitest";
import { createGateway, type Gateway, type GatewayOptions, type SessionCheck } from "../src/index.ts";

export const TOKEN = "a-session-that-lives";
export const USER = "0198c0de-0000-7000-8000-000000000001";

/** One session lives, all others do not. */
export const oneSession: SessionCheck = async ({ token }) =>
  token === TOKEN ? { identity: "signed.by.iam", userUuid: USER } : "invalid";

export const webRoute = (change: Partial<Route> = {}): Route => ({
  kind: "http",
  service: "web",
  methods: ["GET", "POST"],
  path: "/things",
  operation: "GET /things",
  auth: "PUBLIC",
  idempotency: "NONE",
  deadlineMs: 5_000,
  retryAttempts: 1,
  streaming: "unary",
  ...change,
});

export const rpcRoute = (change: Partial<Route> = {}): Route =>
  webRoute({ kind: "rpc", service: "rpc", methods: ["POST", "GET"], path: "/t.v1.S/Do", ...change });

/** A gateway for one test. */
export async function aGateway(options: Partial<GatewayOptions>): Promise<Gateway & { readonly url: string }> {
  const gateway = createGateway({
    port: 0,
    routes: [webRoute(), rpcRoute()],
    upstreams: {},
    sessionCheck: oneSession,
    logger: silentLogger,
    ...options,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  return Object.assign(gateway, { url: `http://127.0.0.1:${gateway.port}` });
}

/** A service over HTTP/1.1 for one test. */
export async function aWebService(handle: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createH1(handle);
  const port = await listening(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, server };
}

export interface RpcServiceOptions {
  readonly maxConcurrentStreams?: number;
  readonly session?: (session: ServerHttp2Session) => void;
}

/** A service over h2 for one test. */
export async function anRpcService(
  handle: (stream: ServerHttp2Stream, raw: readonly string[]) => void,
  { maxConcurrentStreams = 1_000, session }: RpcServiceOptions = {},
): Promise<{ readonly url: string; readonly sessions: ReadonlySet<ServerHttp2Session> }> {
  const server = createH2({ settings: { maxConcurrentStreams } });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (one) => {
    sessions.add(one);
    one.on("close", () => sessions.delete(one)).on("error", () => {});
    session?.(one);
  });
  server.on("stream", (stream, _headers, _flags, raw) => {
    stream.on("error", () => {});
    handle(stream, raw);
  });
  const port = await listening(server);
  onTestFinished(() => {
    for (const one of sessions) one.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, sessions };
}

async function listening(server: Server | Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Opens a connection, says `text`, and tells what comes back. */
export function talk(
  url: string,
  text: string,
): { readonly socket: Socket; heard(): string; readonly closed: Promise<void> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let heard = "";
  socket
    .on("error", () => {})
    .on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
  socket.write(text);
  return { socket, heard: () => heard, closed: once(socket, "close").then(() => undefined) };
}

/** A logger and the lines that it was told, as they would be written. */
export function aLog(): { readonly logger: Logger; readonly lines: readonly Readonly<Record<string, unknown>>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "gateway", destination: { write: (line) => lines.push(JSON.parse(line)) } });
  return { logger, lines };
}
