import type { Route } from "@gantry/kernel";
import { createListener, type ListenerLimits } from "@gantry/rpc/listener";
import { recordVisit } from "./access-log.ts";
import { type AdmissionParts, admit, findRoute, readTarget } from "./admission/admission.ts";
import type { Caller } from "./caller/caller.ts";
import { H1Caller } from "./caller/h1-caller.ts";
import { H2Caller } from "./caller/h2-caller.ts";
import { onward } from "./forward/onward.ts";
import { Passage } from "./forward/passage.ts";
import { Visit } from "./forward/visit.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { type EdgeLimits, edgeLimits } from "./limits.ts";
import { OwnEndpoints } from "./own-endpoints.ts";
import { RateLimits } from "./rates/rate-limits.ts";
import { refuseBytes } from "./refusal/raw-refusal.ts";
import { refusal } from "./refusal/refusal.ts";
import { Cors } from "./request/cors.ts";
import { RouteTable } from "./routes/route-table.ts";
import { createH1Upstream } from "./upstream/h1-upstream.ts";
import { createH2Upstream } from "./upstream/h2-upstream.ts";
import type { Upstream } from "./upstream/upstream.ts";

/** A component: `runService` starts and stops it. */
export interface Gateway {
  readonly name: "gateway";
  /** The bound port; 0 before `start`. */
  readonly port: number;
  /** Resolves when the port is open. Rejects when it is taken. */
  start(): Promise<void>;
  /**
   * Stops gracefully: not ready, nothing new is accepted, h2 clients get GOAWAY, event streams end after a second, what
   * runs may finish for `drainMs`, then ends with 503 or a cut. Idempotent. Never rejects.
   */
  stop(): Promise<void>;
  /** Rejects while sessions cannot be checked. */
  check(): Promise<void>;
}

/** How long a stream of events goes on during a drain, in milliseconds: it would never end by itself. */
const EVENTS_MS = 1_000;
/** What requests that are ended by the drain get to say so, in milliseconds. */
const LAST_WORDS_MS = 250;

/**
 * The one door of a system: finds the route, asks whose session it is, and hands the request on, streaming both ways.
 * HTTP/1.1 and h2, Connect, gRPC, gRPC-Web and plain HTTP on one port.
 * @throws RangeError for limits out of bounds, and for two routes of the same path and method
 */
export function createGateway(options: GatewayOptions): Gateway {
  const door = new Door(options);
  return {
    name: "gateway",
    get port() {
      return door.port;
    },
    start: () => door.start(),
    stop: () => door.stop(),
    check: () => door.check(),
  };
}

class Door {
  port = 0;
  readonly #options: GatewayOptions;
  readonly #limits: EdgeLimits;
  readonly #parts: AdmissionParts;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  readonly #own: OwnEndpoints;
  readonly #live = new Set<Visit>();
  readonly #listener: ReturnType<typeof createListener>;
  #isDraining = false;
  #stopping: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    const { origins = [], rateLimits = true, sessionCheck } = options;
    const limits = edgeLimits(options.limits);
    const routes = options.routes.filter(({ service }) => Object.hasOwn(options.upstreams, service));
    this.#options = options;
    this.#limits = limits;
    this.#parts = {
      table: new RouteTable(routes),
      cors: new Cors(origins),
      rates: rateLimits ? new RateLimits(routes) : undefined,
      sessionCheck,
      limits,
    };
    this.#upstreams = new Map(
      Object.entries(options.upstreams).map(([name, { url, speaks }]) => [
        name,
        speaks === "http" ? createH1Upstream(url) : createH2Upstream(url),
      ]),
    );
    this.#own = new OwnEndpoints({
      isDraining: () => this.#isDraining,
      ask: (token) => sessionCheck({ token, signal: AbortSignal.timeout(limits.sessionTimeoutMs) }),
    });
    this.#listener = createListener(listenerLimits(limits), this.#handlers(), options.tls);
  }

  async start(): Promise<void> {
    const { host = "127.0.0.1", port, routes, upstreams, logger } = this.#options;
    const missing = new Set(routes.map(({ service }) => service).filter((name) => !Object.hasOwn(upstreams, name)));
    if (missing.size > 0) logger.warn({ services: [...missing] }, "routes of services without a place are not served");
    this.port = await this.#listener.listen(host, port);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#drain();
    return this.#stopping;
  }

  async check(): Promise<void> {
    if (!(await this.#own.isReady())) throw new Error("sessions cannot be checked");
  }

  #handlers(): Parameters<typeof createListener>[1] {
    const { logger } = this.#options;
    return {
      request: (request, response, isDraining) => this.#serve(new H1Caller(request, response, isDraining)),
      continue: (request, response, isDraining) => this.#serve(new H1Caller(request, response, isDraining)),
      stream: (stream, headers, raw) => this.#serve(new H2Caller(stream, headers, raw)),
      malformed: (error, socket) => logger.info({ code: refuseBytes(error, socket) }, "no request"),
    };
  }

  #serve(caller: Caller): void {
    const visit = new Visit(caller, ({ known }) => this.#parts.cors.fields(known));
    this.#live.add(visit);
    caller.onClose((isComplete) => {
      this.#live.delete(visit);
      visit.stage.gone();
      recordVisit(visit, isComplete, this.#options.logger);
    });
    this.#route(visit).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, "a request failed on our side");
      visit.refuse(refusal("INTERNAL"));
    });
  }

  async #route(visit: Visit): Promise<void> {
    const path = readTarget(visit, this.#limits);
    if (typeof path !== "string") return visit.refuse(path);
    const own = this.#own.answer(path, visit.caller.method);
    if (own !== undefined) return "reason" in own ? visit.refuse(own) : visit.reply(await own);
    const found = findRoute(visit, path, this.#parts);
    if ("reason" in found) return visit.refuse(found);
    if ("preflight" in found) return visit.reply({ status: 204, fields: found.preflight, body: new Uint8Array() });
    visit.route = found;
    await this.#forward(visit, found);
  }

  async #forward(visit: Visit, route: Route): Promise<void> {
    const admitted = await admit(visit, route, this.#parts);
    if (visit.caller.isGone) return;
    if (admitted !== undefined && "reason" in admitted) return visit.refuse(admitted);
    visit.userUuid = admitted?.userUuid;
    const upstream = this.#upstreams.get(route.service);
    if (upstream === undefined) return visit.refuse(refusal("UPSTREAM_UNAVAILABLE"));
    const request = onward(visit, admitted, this.#options.tls === undefined ? "http" : "https");
    new Passage(visit, route, upstream, request, this.#limits).start();
  }

  async #drain(): Promise<void> {
    const { drainMs } = this.#limits;
    this.#isDraining = true;
    const drained = this.#listener.drain();
    const eventsMs = Math.min(EVENTS_MS, drainMs);
    if (!(await within(eventsMs, drained))) this.#stopAll(({ stage }) => stage.isEvents === true);
    if (!(await within(drainMs - eventsMs, drained))) {
      this.#options.logger.warn({ requests: this.#live.size, after_ms: drainMs }, "requests still run after the drain");
      this.#stopAll(() => true);
      await within(LAST_WORDS_MS, drained);
    }
    this.#listener.close();
    for (const upstream of this.#upstreams.values()) upstream.close();
  }

  #stopAll(which: (visit: Visit) => boolean): void {
    for (const visit of this.#live) if (which(visit)) visit.stage.stop();
  }
}

const listenerLimits = (limits: EdgeLimits): ListenerLimits => ({
  headerMaxBytes: limits.headerMaxBytes,
  headerMaxFields: limits.headerMaxFields,
  headerTimeoutMs: limits.headerTimeoutMs,
  requestTimeoutMs: 0, // a route's deadline and the idle time of streams end requests
  idleTimeoutMs: limits.idleTimeoutMs,
  maxConnections: limits.maxConnections,
  maxStreamsPerConnection: limits.maxStreamsPerConnection,
});

/** Whether a promise is settled in time. */
async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), ms);
  const inTime = await Promise.race([promise.then(() => true), timeout.promise]);
  clearTimeout(timer);
  return inTime;
}
