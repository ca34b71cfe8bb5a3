import type { Route } from "@gantry/kernel";

/** What a gateway is given. The suite starts the services behind it, IAM's double among them. */
export interface GatewaySetup {
  readonly routes: readonly Route[];
  /** Where each service is and what it speaks: `http` is HTTP/1.1, `rpc` is HTTP/1.1 and h2c on one port. */
  readonly upstreams: Readonly<Record<string, { readonly url: string; readonly speaks: "http" | "rpc" }>>;
  /** IAM answers `CheckSession` here: Connect over HTTP/1.1 and h2c. */
  readonly iamUrl: string;
  /** The gateway's own identity, for IAM: a service identity of `gateway` with the audience `iam`. */
  readonly iamToken: string;
  /** Origins of browsers that may call. */
  readonly origins: readonly string[];
  /** The largest request body, in bytes. */
  readonly maxBodyBytes: number;
  /** How long IAM may take, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** How long a drain waits for running requests, in milliseconds. */
  readonly drainMs: number;
  /** Tighter bounds than the gateway's own defaults; only in the cases that are about them. */
  readonly limits?: Partial<GatewayLimits>;
}

/** Bounds on what one caller can hold. */
export interface GatewayLimits {
  /** Bytes of a request's headers, all together. Above: 431, or a reset stream. */
  readonly headerBytes: number;
  /** Header fields of a request. Above: 431 or 400, or a reset stream. */
  readonly headerCount: number;
  /** How long the headers of a request may take to arrive, in milliseconds. Then 408 or a cut. */
  readonly headerTimeoutMs: number;
  /** Open connections of clients. Further ones are closed, or wait without being served. */
  readonly connections: number;
  /** Concurrent streams of one h2 connection. */
  readonly streamsPerConnection: number;
}

/** A gateway that runs, in this process or another one. */
export interface RunningGateway extends AsyncDisposable {
  /** Origin of its one port: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Stops accepting, lets running requests finish for `drainMs`, ends. */
  drain(): Promise<void>;
}

/** A kind of gateway that the suite can be run against. */
export interface GatewayTarget {
  readonly name: string;
  /**
   * Cases in which it is allowed to behave otherwise, with the reason: the case's id, then why. Such a case must fail, or the
   * line is out of date. What keeps the door shut has no exceptions: the suite refuses a line for it.
   */
  readonly differences?: Readonly<Record<string, string>>;
  start(setup: GatewaySetup): Promise<RunningGateway>;
}
