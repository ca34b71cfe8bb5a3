import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { IdentityVerifier } from "@gantry/identity";
import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { getRequestListener } from "@hono/node-server";
import type { RunInScope } from "../contract/call.ts";
import { createContractApp } from "../contract/contract-app.ts";
import type { HostBindings } from "../contract/exchange.ts";
import type { Contract } from "../contract/operation.ts";
import type { AnswerMode } from "../contract/settings.ts";
import { problemResponse } from "../problem/problem.ts";
import { quotableTraceId } from "../problem/trace-id.ts";
import { refuseConnection } from "./client-error.ts";
import { type HttpLimits, withDefaults } from "./limits.ts";
import { observed } from "./observe.ts";
import { UnderWay } from "./under-way.ts";

/** What a host is made of. */
export interface HttpHostOptions {
  /** The component's name in logs and readiness. */
  readonly name: string;
  /** The address to listen at. */
  readonly host: string;
  /** 0 takes any free port; `port` tells which. */
  readonly port: number;
  /** What is served. The first contract names the service in problems that belong to no operation. */
  readonly routes: Contract | readonly Contract[];
  readonly logger: Logger;
  readonly verifier: IdentityVerifier;
  /** What happens to answers that break their contract. Default `strict`. */
  readonly answers?: AnswerMode;
  readonly limits?: Partial<HttpLimits>;
  /** Whether this process itself keeps the rates of the policies. Default false: the gateway does. */
  readonly rateLimits?: boolean;
  /** What each handler runs in, so that the calls it makes inherit its deadline: `runInCallScope` of `@gantry/rpc`. */
  readonly inScope?: RunInScope;
}

/** A running HTTP server; a component of a service. */
export interface HttpHost {
  readonly name: string;
  /** The port it listens at. @throws Error before `start` */
  readonly port: number;
  /** Resolves when it listens. Rejects when it cannot, for instance because the port is taken. */
  start(): Promise<void>;
  /**
   * Takes no new connection, lets requests under way finish within `drainTimeoutMs`, then closes what is left. May be
   * called twice.
   */
  stop(): Promise<void>;
  /** Rejects while it does not listen. */
  check(): Promise<void>;
}

/**
 * A host for generated HTTP servers: Hono behind Node's parser, with limits on everything that a client controls, one
 * server span, one metric and one log line for each request, and problem documents for whatever goes wrong.
 */
export function createHttpHost(options: HttpHostOptions): HttpHost {
  const limits = withDefaults(options.limits);
  const server = limitedServer(limits);
  const underWay = new UnderWay(() => server.closeIdleConnections());
  serve(server, underWay, options, limits);
  return {
    name: options.name,
    get port() {
      return addressOf(server).port;
    },
    start: () => listen(server, options),
    stop: () => stop(server, underWay, limits),
    async check() {
      if (!server.listening) throw new Error("does not listen");
    },
  };
}

function limitedServer(limits: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
  });
  server.maxConnections = limits.maxConnections;
  return server;
}

function serve(server: Server, underWay: UnderWay, options: HttpHostOptions, limits: HttpLimits): void {
  const { logger, verifier, answers = "strict", rateLimits = false, routes, inScope } = options;
  const { maxBodyBytes } = limits;
  const app = createContractApp(routes, {
    logger,
    verifier,
    answers,
    rateLimits,
    maxBodyBytes,
    ...(inScope === undefined ? {} : { inScope }),
  });
  const service = "service" in routes ? routes.service : (routes[0]?.service ?? options.name);
  const listener = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as { incoming: IncomingMessage; outgoing: ServerResponse };
      return observed(incoming, outgoing, logger, (bindings: HostBindings) => app.fetch(request, bindings));
    },
    { errorHandler: () => problemResponse(unreadable(), service, quotableTraceId()) },
  );
  server.on("request", (incoming, outgoing) => {
    underWay.add(outgoing);
    void listener(incoming, outgoing);
  });
  server.on("clientError", (error, socket) => {
    refuseConnection(error, socket, service, logger, underWay.isAnswering(socket));
  });
}

/** Node took it for a request, but there is no URL in it: no host, or a path that is none. */
const unreadable = (): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "MALFORMED_REQUEST",
    message: "The host or the path is missing or malformed.",
  });

function listen(server: Server, { host, port }: HttpHostOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function stop(server: Server, underWay: UnderWay, limits: HttpLimits): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timeout = new AbortController();
  await Promise.race([
    underWay.drained(),
    delay(limits.drainTimeoutMs, undefined, { signal: timeout.signal }).catch(() => {}),
  ]);
  timeout.abort();
  server.closeAllConnections();
  await closed;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the host does not listen");
  return address;
}
