import { isIP } from "node:net";
import type { Json } from "./fill-template.ts";

/** Where a service is, and what it speaks: `http` is HTTP/1.1, `rpc` is HTTP/2 without TLS (gRPC, gRPC-Web and Connect). */
export interface EnvoyUpstream {
  /** `http://host:port`, nothing else in it. */
  readonly url: string;
  readonly speaks: "http" | "rpc";
}

/** The cluster of a service. @throws Error for an address that is none. */
export const upstreamCluster = (name: string, { url, speaks }: EnvoyUpstream): Json => ({
  name,
  type: discovery(url),
  connect_timeout: "1s",
  // Streams count as long as they last.
  circuit_breakers: { thresholds: [{ max_connections: 1024, max_pending_requests: 1024, max_requests: 8192 }] },
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      ...protocol[speaks],
    },
  },
  load_assignment: endpoints(name, url),
});

const protocol: Readonly<Record<EnvoyUpstream["speaks"], { readonly [name: string]: Json }>> = {
  http: {
    // Below the 5 s after which Node closes an idle connection: no request meets a socket just closed.
    common_http_protocol_options: { idle_timeout: "4s" },
    explicit_http_config: { http_protocol_options: {} },
  },
  rpc: {
    explicit_http_config: {
      http2_protocol_options: { initial_stream_window_size: 1_048_576, initial_connection_window_size: 16_777_216 },
    },
  },
};

/** How the host of an address is found: as it stands, or by name. */
export const discovery = (url: string): string => (isIP(addressOf(url).host) === 0 ? "STRICT_DNS" : "STATIC");

/** The one endpoint of a cluster. */
export function endpoints(cluster: string, url: string): Json {
  const { host, port } = addressOf(url);
  const address = { socket_address: { address: host, port_value: port } };
  return { cluster_name: cluster, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] };
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { protocol: scheme, hostname, port, origin } = new URL(url);
  if (scheme !== "http:" || (url !== origin && url !== `${origin}/`))
    throw new Error(`${JSON.stringify(url)} is no address of a service: http://host:port`);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 80 : Number(port) };
}
