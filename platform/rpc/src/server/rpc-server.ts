import type { Registry } from "@bufbuild/protobuf";
import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import { AppError } from "@gantry/kernel";
import { compressions } from "../compressions.ts";
import { H1Exchange } from "../exchange/h1-exchange.ts";
import { H2Exchange } from "../exchange/h2-exchange.ts";
import { LiveExchanges } from "../exchange/live-exchanges.ts";
import { createServe } from "../exchange/serve.ts";
import { type RpcLimits, rpcLimits } from "../limits.ts";
import { createListener } from "../listener/listener.ts";
import type { ListenerLimits } from "../listener/listener-limits.ts";
import { within } from "../within.ts";
import { addBuiltinServices } from "./builtin-services.ts";
import { type HealthCheck, HealthMonitor } from "./health-monitor.ts";
import { type RpcServerRules, rpcServerInterceptors } from "./interceptors.ts";

export interface RpcServerOptions extends RpcServerRules {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 0 lets the kernel choose; {@link RpcServer.port} tells. */
  readonly port: number;
  /** Registers the handlers. What they may throw: `AppError`; anything else is `internal` for the caller. */
  readonly routes: (router: ConnectRouter) => void;
  /** What health v1 answers for: usually the other components of the service. */
  readonly checks?: readonly HealthCheck[];
  /** Types that may appear in a `google.protobuf.Any` of a JSON message. */
  readonly registry?: Registry;
  readonly limits?: Partial<RpcLimits>;
}

/** A component: `runService` starts and stops it. */
export interface RpcServer {
  readonly name: "rpc";
  /** The bound port; 0 before `start`. */
  readonly port: number;
  /** Resolves when the port is open. Rejects when it is taken. */
  start(): Promise<void>;
  /**
   * Stops gracefully: health says NOT_SERVING, nothing new is accepted, h2 peers get GOAWAY, running calls may finish for
   * `drainMs`, then end with `unavailable`, then everything is cut. Idempotent. Never rejects.
   */
  stop(): Promise<void>;
}

/** What a call that is ended by the shutdown gets to say so, in milliseconds. */
const LAST_WORDS_MS = 250;

/**
 * Serves gRPC, gRPC-Web and Connect (binary and JSON) over HTTP/1.1 and h2 on one cleartext port, with health v1 and
 * reflection v1. Each call passes telemetry, error map, principal, deadline and validation; see
 * {@link rpcServerInterceptors}.
 * @throws RangeError for limits out of bounds
 */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { host = "127.0.0.1", logger, registry } = options;
  const limits = rpcLimits(options.limits);
  const monitor = new HealthMonitor(options.checks ?? [], logger);
  const shutdown = new AbortController();
  const router = createConnectRouter({
    interceptors: rpcServerInterceptors(options),
    acceptCompression: compressions,
    readMaxBytes: limits.readMaxBytes,
    maxTimeoutMs: limits.maxTimeoutMs,
    shutdownSignal: shutdown.signal,
    ...(registry === undefined ? {} : { jsonOptions: { registry } }),
  });
  options.routes(router);
  addBuiltinServices(router, monitor, logger);
  const live = new LiveExchanges(limits);
  const serve = createServe(router.handlers, live, logger);
  const listener = createListener(listenerLimits(limits), {
    request: (request, response, isDraining) => serve(new H1Exchange(request, response, limits.lingerMs, isDraining)),
    stream: (stream, headers) => serve(new H2Exchange(stream, headers)),
  });

  const drain = async (): Promise<void> => {
    monitor.drain();
    const drained = listener.drain();
    if (!(await within(limits.drainMs, drained))) {
      logger.warn({ calls: live.size, after_ms: limits.drainMs }, "calls still run after the drain, ending them");
      shutdown.abort(shuttingDown());
      await within(LAST_WORDS_MS, drained);
    }
    listener.close();
    live.close();
  };

  let port = 0;
  let stopping: Promise<void> | undefined;
  return {
    name: "rpc",
    get port() {
      return port;
    },
    async start() {
      port = await listener.listen(host, options.port);
    },
    stop() {
      stopping ??= drain();
      return stopping;
    },
  };
}

/** What a streaming request may take beyond the longest deadline, in milliseconds. */
const SPARE_MS = 10_000;

const listenerLimits = (limits: RpcLimits): ListenerLimits => ({
  ...limits,
  requestTimeoutMs: Math.max(limits.headerTimeoutMs, limits.maxTimeoutMs) + SPARE_MS,
});

const shuttingDown = (): AppError =>
  new AppError({ kind: "unavailable", reason: "SHUTTING_DOWN", message: "The server is shutting down. Try again." });
