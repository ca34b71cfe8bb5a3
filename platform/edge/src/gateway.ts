import { createListener, type Listener, type ListenerLimits } from "@gantry/rpc/listener";
import { H1Caller } from "./caller/h1-caller.ts";
import { H2Caller } from "./caller/h2-caller.ts";
import type { GatewayOptions, UpstreamPlace } from "./gateway-options.ts";
import { type EdgeLimits, edgeLimits } from "./limits.ts";
import { OwnEndpoints } from "./own-endpoints.ts";
import { RateLimits } from "./rates/rate-limits.ts";
import { Reception } from "./reception.ts";
import { refuseBytes } from "./refusal/raw-refusal.ts";
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
 * @throws RangeError for limits out of bounds, for two routes of the same path and method, and for a place that is no `http://`
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { host = "127.0.0.1", logger, tls, sessionCheck } = options;
  const limits = edgeLimits(options.limits);
  const upstreams = openUpstreams(options.upstreams);
  const routes = options.routes.filter(({ service }) => upstreams.has(service));
  let isDraining = false;
  const own = new OwnEndpoints({
    isDraining: () => isDraining,
    ask: (token) => sessionCheck({ token, signal: AbortSignal.timeout(limits.sessionTimeoutMs) }),
  });
  const reception = new Reception({
    table: new RouteTable(routes),
    cors: new Cors(options.origins ?? []),
    rates: options.rateLimits === false ? undefined : new RateLimits(routes),
    sessionCheck,
    limits,
    own,
    upstreams,
    scheme: tls === undefined ? "http" : "https",
    logger,
  });
  const listener = listenerFor(reception, limits, options);

  const drain = async (): Promise<void> => {
    isDraining = true;
    const drained = listener.drain();
    const eventsMs = Math.min(EVENTS_MS, limits.drainMs);
    if (!(await within(eventsMs, drained))) reception.stop("events");
    if (!(await within(limits.drainMs - eventsMs, drained))) {
      logger.warn({ requests: reception.size, after_ms: limits.drainMs }, "requests still run after the drain");
      reception.stop("all");
      await within(LAST_WORDS_MS, drained);
    }
    listener.close();
    for (const upstream of upstreams.values()) upstream.close();
  };

  let port = 0;
  let stopping: Promise<void> | undefined;
  return {
    name: "gateway",
    get port() {
      return port;
    },
    async start() {
      const away = new Set(options.routes.map(({ service }) => service).filter((name) => !upstreams.has(name)));
      if (away.size > 0) logger.warn({ services: [...away] }, "routes of services without a place are not served");
      port = await listener.listen(host, options.port);
    },
    stop() {
      stopping ??= drain();
      return stopping;
    },
    async check() {
      if (!(await own.isReady())) throw new Error("sessions cannot be checked");
    },
  };
}

const openUpstreams = (places: Readonly<Record<string, UpstreamPlace>>): ReadonlyMap<string, Upstream> =>
  new Map(
    Object.entries(places).map(([name, { url, speaks }]) => [
      name,
      speaks === "http" ? createH1Upstream(url) : createH2Upstream(url),
    ]),
  );

function listenerFor(reception: Reception, limits: EdgeLimits, { logger, tls }: GatewayOptions): Listener {
  const listenerLimits: ListenerLimits = { ...limits, requestTimeoutMs: 0 }; // deadlines and idle times end requests
  return createListener(
    listenerLimits,
    {
      request: (request, response, isDraining) => reception.serve(new H1Caller(request, response, isDraining)),
      continue: (request, response, isDraining) => reception.serve(new H1Caller(request, response, isDraining)),
      stream: (stream, headers, raw) => reception.serve(new H2Caller(stream, headers, raw)),
      malformed: (error, socket) => logger.info({ code: refuseBytes(error, socket) }, "no request"),
    },
    tls,
  );
}

/** Whether a promise is settled in time. */
async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), ms);
  const inTime = await Promise.race([promise.then(() => true), timeout.promise]);
  clearTimeout(timer);
  return inTime;
}
