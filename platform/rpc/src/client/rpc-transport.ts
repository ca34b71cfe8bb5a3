import type { Transport } from "@connectrpc/connect";
import {
  type ConnectTransportOptions,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import type { PolicyTable } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { defaultLimits } from "../limits.ts";
import { Policies } from "../policies.ts";
import type { IdentitySource } from "./identity.ts";
import { clientInterceptors } from "./interceptors.ts";
import { ruledTransport } from "./ruled-transport.ts";

/** Which protocol carries the calls. Gantry's servers speak all three. */
export type RpcProtocol = "connect" | "grpc" | "grpc-web";

/** What goes over the wire, for those who need it otherwise. */
export type WireOptions = Partial<
  Pick<
    ConnectTransportOptions,
    | "acceptCompression"
    | "compressMinBytes"
    | "jsonOptions"
    | "readMaxBytes"
    | "sendCompression"
    | "useBinaryFormat"
    | "useHttpGet"
  >
>;

export interface RpcTransportOptions {
  /** For instance `http://127.0.0.1:4002`. */
  readonly baseUrl: string;
  /** Gives deadline and retries of each method. A method without a row cannot be called. */
  readonly policies: PolicyTable;
  /** The identity to send. A call that names its own in the header `x-gantry-identity` keeps it. Default: none. */
  readonly identity?: IdentitySource;
  readonly logger: Logger;
  /** Default `connect`. */
  readonly protocol?: RpcProtocol;
  /** Default `2`: one connection for all calls. `1.1` cannot carry `grpc`. */
  readonly httpVersion?: "1.1" | "2";
  readonly wire?: WireOptions;
}

export interface RpcTransport extends Transport {
  /** Closes the connection; running calls fail with `unavailable`. A later call opens a new one. */
  close(): void;
}

/** A connection without traffic for that long is asked for a sign of life before it is used, in milliseconds. */
const PING_INTERVAL_MS = 15_000;
const PING_TIMEOUT_MS = 5_000;

/** Megabytes that may wait to be sent. With more than Node's 10, answers to long requests sent at once are refused. */
const SESSION_MEMORY_MB = 256;

const makers = { connect: createConnectTransport, grpc: createGrpcTransport, "grpc-web": createGrpcWebTransport };

/**
 * How a service calls another one. Each call has a deadline (the shortest of the policy's, the caller's `timeoutMs`, and
 * what is left of the call it is made for), ends with the call it is made for, carries trace context and identity, and is
 * repeated as its policy allows. Every failure is an `AppError`; see `translateRpcError`.
 *
 * The connection is opened by the first call, replaced when it is lost or the server says GOAWAY, and closed by `close`.
 */
export function createRpcTransport(options: RpcTransportOptions): RpcTransport {
  const { baseUrl, protocol = "connect", httpVersion = "2", identity = () => undefined, logger } = options;
  const sessionManager = new Http2SessionManager(
    baseUrl,
    { pingIntervalMs: PING_INTERVAL_MS, pingTimeoutMs: PING_TIMEOUT_MS },
    { maxSessionMemory: SESSION_MEMORY_MB },
  );
  const shared = {
    baseUrl,
    readMaxBytes: defaultLimits.readMaxBytes,
    ...options.wire,
    interceptors: clientInterceptors(identity, logger),
  };
  const inner = makers[protocol](
    httpVersion === "2" ? { ...shared, httpVersion, sessionManager } : { ...shared, httpVersion },
  );
  return { ...ruledTransport(inner, new Policies(options.policies)), close: () => sessionManager.abort() };
}
