import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import type { Logger } from "@gantry/telemetry";
import type { Component } from "./component.ts";
import type { Phase } from "./lifecycle.ts";
import type { Checks } from "./readiness.ts";
import type { OpsDocuments } from "./service.ts";

export interface OpsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly phase: () => Phase;
  readonly checks: () => Promise<Checks>;
  readonly alive: () => boolean;
  /** What the service itself shows here. */
  readonly documents: () => OpsDocuments;
  readonly logger: Logger;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** How long the answer stays true, in seconds. Unset: it is not to be kept. */
  readonly maxAgeSec?: number;
}

/**
 * The port for those who run the service: `/livez`, `/readyz` and the service's documents, JSON, never routed from outside.
 * Bounded in connections, time and headers, and it reads no bodies.
 */
export function createOpsServer(options: OpsServerOptions): Component {
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000 },
    (request, response) => {
      void answer(options, request).then((result) => send(response, result));
    },
  );
  server.maxConnections = 64;
  server.on("error", (error) => options.logger.error({ error }, "ops port failed"));
  let port: number | undefined;
  return {
    name: "ops",
    get port() {
      return port;
    },
    async start() {
      port = await listen(server, options);
    },
    async stop() {
      if (!server.listening) return;
      const closed = promisify(server.close.bind(server))();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port }: OpsServerOptions): Promise<number> {
  server.listen({ host, port });
  await once(server, "listening");
  return boundPort(server.address());
}

const boundPort = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0;

async function answer(options: OpsServerOptions, { method, url }: IncomingMessage): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return problem(405, "METHOD_NOT_ALLOWED", "Only GET is answered here.");
  const path = url?.split("?", 1)[0];
  if (path === "/livez") return live(options.alive());
  if (path === "/readyz") return ready(options.phase(), await options.checks());
  const document = documentAt(path, options.documents());
  if (document !== undefined) return { status: 200, ...document };
  return problem(404, "NOT_FOUND", "There are /livez and /readyz.");
}

const documentAt = (path: string | undefined, documents: OpsDocuments) =>
  path !== undefined && Object.hasOwn(documents, path) ? documents[path] : undefined;

const live = (alive: boolean): Answer =>
  alive ? { status: 200, body: { status: "alive" } } : { status: 503, body: { status: "stalled" } };

function ready(phase: Phase, checks: Checks): Answer {
  const good = phase === "ready" && Object.values(checks).every((result) => result === "ok");
  return { status: good ? 200 : 503, body: { status: good ? "ready" : "not ready", phase, checks } };
}

const problem = (status: number, code: string, message: string): Answer => ({
  status,
  body: { status, code, message },
});

function send(response: ServerResponse, { status, body, maxAgeSec }: Answer): void {
  const type = "code" in body ? "application/problem+json" : "application/json";
  const caching = maxAgeSec === undefined ? "no-store" : `public, max-age=${maxAgeSec}`;
  response.writeHead(status, { "content-type": type, "cache-control": caching, connection: "close" });
  response.end(`${JSON.stringify(body)}\n`);
}
