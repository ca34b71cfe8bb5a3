import { type Histogram, type MeterProvider, metrics } from "@opentelemetry/api";
import { attributeNames, instrumentNames } from "./names.ts";
import { SCOPE } from "./spans.ts";

/** Seconds; the advice of the HTTP conventions, with two steps below a millisecond more. */
export const DURATION_BUCKETS = [
  0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

interface Instruments {
  readonly httpServer: Histogram;
  readonly rpcServer: Histogram;
  readonly rpcClient: Histogram;
}

/** One request that an HTTP server answered. */
export interface HttpServed {
  readonly method: string;
  /** The route's pattern, never the path: `/orders/{order_uuid}`. Undefined when no route matched. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

/** One call of a remote procedure, served or made. */
export interface RpcCalled {
  /** `pkg.Service/Method`. */
  readonly method: string;
  /** The Connect code as text, `ok` for success. */
  readonly status: string;
  readonly durationMs: number;
}

/** Counts and times one HTTP request: traffic, errors and latency of a route. */
export function recordHttpServed({ method, route, status, durationMs }: HttpServed): void {
  instruments().httpServer.record(durationMs / 1000, {
    [attributeNames.httpMethod]: method,
    [attributeNames.httpStatus]: status,
    ...(route === undefined ? {} : { [attributeNames.httpRoute]: route }),
    ...(status >= 500 ? { [attributeNames.errorType]: String(status) } : {}),
  });
}

/** Counts and times one call that was served. */
export const recordRpcServed = (call: RpcCalled): void => recordRpc(instruments().rpcServer, call);

/** Counts and times one call that was made. */
export const recordRpcCalled = (call: RpcCalled): void => recordRpc(instruments().rpcClient, call);

function recordRpc(histogram: Histogram, { method, status, durationMs }: RpcCalled): void {
  histogram.record(durationMs / 1000, {
    [attributeNames.rpcSystem]: "connectrpc",
    [attributeNames.rpcMethod]: method,
    [attributeNames.rpcStatus]: status,
    ...(status === "ok" ? {} : { [attributeNames.errorType]: status }),
  });
}

let current: { readonly provider: MeterProvider; readonly made: Instruments } | undefined;

/** The API has no late binding for metrics: an instrument made before the start would record nothing for ever. */
function instruments(): Instruments {
  const provider = metrics.getMeterProvider();
  if (current?.provider !== provider) current = { provider, made: make(provider) };
  return current.made;
}

function make(provider: MeterProvider): Instruments {
  const meter = provider.getMeter(SCOPE);
  const seconds = (name: string): Histogram =>
    meter.createHistogram(name, { unit: "s", advice: { explicitBucketBoundaries: DURATION_BUCKETS } });
  return {
    httpServer: seconds(instrumentNames.httpServerDuration),
    rpcServer: seconds(instrumentNames.rpcServerDuration),
    rpcClient: seconds(instrumentNames.rpcClientDuration),
  };
}
