import type { EnvoyUpstream } from "./clusters.ts";

/** What a configuration is rendered for. */
export interface EnvoySettings {
  /** Where clients come in. */
  readonly listen: { readonly host: string; readonly port: number };
  /** TCP port of the admin interface, on 127.0.0.1 whatever else is public. It can stop the door and shows everything: keep it so. */
  readonly adminPort: number;
  /** Files (PEM) of a certificate chain and its key. Without them clients speak in clear. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /** Where services are, by name. Routes of others are left out, as if they were not there; a service without routes is refused. */
  readonly upstreams: Readonly<Record<string, EnvoyUpstream>>;
  /** Where IAM answers `CheckSession`, over HTTP/1.1: `http://host:port`. */
  readonly iamUrl: string;
  /** Origins of browsers that may call, credentials included: `https://shop.example`. Never a pattern. */
  readonly origins: readonly string[];
  /** Default true. */
  readonly rateLimits?: boolean;
  /** How long IAM may take, in milliseconds, from 1 to 10,000. Default 400. */
  readonly sessionTimeoutMs?: number;
  /** The largest request body, in bytes. Default 4 MiB. Streams of requests have no bound in total. */
  readonly maxBodyBytes?: number;
  readonly limits?: Partial<EnvoyLimits>;
}

/** Bounds on what callers can hold. */
export interface EnvoyLimits {
  /** Bytes of a request's headers; Envoy counts whole KiB, so it is rounded down, but never below one. Default 61,440. */
  readonly headerBytes: number;
  /** Header fields of a request. Default 100. */
  readonly headerCount: number;
  /** How long the headers of a request may take to arrive, in milliseconds. Default 10,000. */
  readonly headerTimeoutMs: number;
  /** Open connections of clients, in total. Default 10,000. */
  readonly connections: number;
  /** Concurrent streams of one h2 connection. Default 100. */
  readonly streamsPerConnection: number;
  /** Bytes of heap at which Envoy stops taking requests (at 95 %). Default 1 GiB. */
  readonly heapBytes: number;
}

export const defaultLimits: EnvoyLimits = {
  headerBytes: 61_440,
  headerCount: 100,
  headerTimeoutMs: 10_000,
  connections: 10_000,
  streamsPerConnection: 100,
  heapBytes: 1_073_741_824,
};
