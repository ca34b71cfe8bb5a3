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
  start(setup: GatewaySetup): Promise<RunningGateway>;
}
