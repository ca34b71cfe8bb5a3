import type { Route } from "@gantry/kernel";
import type { TlsKeys } from "@gantry/rpc/listener";
import type { Logger } from "@gantry/telemetry";
import type { EdgeLimits } from "./limits.ts";
import type { SessionCheck } from "./session-check.ts";

/** Where a service is. */
export interface UpstreamPlace {
  /** `http://host:port`. */
  readonly url: string;
  /** `http` is HTTP/1.1, `rpc` is h2 with prior knowledge. */
  readonly speaks: "http" | "rpc";
}

/** What a gateway is made of. */
export interface GatewayOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 0 takes a free one; {@link Gateway.port} tells. */
  readonly port: number;
  /** With these the port speaks TLS, and h2 by ALPN. Without, HTTP/1.1 and h2 in cleartext. */
  readonly tls?: TlsKeys;
  /** The generated table. Routes of services that are not among `upstreams` are not served, as if they were not there. */
  readonly routes: readonly Route[];
  /** The services by name. */
  readonly upstreams: Readonly<Record<string, UpstreamPlace>>;
  readonly sessionCheck: SessionCheck;
  /** Origins of browsers that may call: `https://shop.example`. Default none. */
  readonly origins?: readonly string[];
  readonly limits?: Partial<EdgeLimits>;
  /** Whether the rates of the routes are kept, each process for itself. Default true. */
  readonly rateLimits?: boolean;
  readonly logger: Logger;
}
