import { parse } from "yaml";
import { discovery, endpoints, upstreamCluster } from "./clusters.ts";
import { fillTemplate, type Json } from "./fill-template.ts";
import { localReplies } from "./local-replies.ts";
import { defaultLimits, type EnvoySettings } from "./settings.ts";

/** The parts of a configuration that are files of this repository. */
export interface EnvoyParts {
  /** Text of `envoy/envoy.template.yaml`. */
  readonly template: string;
  /** Text of `envoy/session.lua`. */
  readonly script: string;
  /** Text of `gen/envoy/routes.yaml`, or the routes themselves. */
  readonly routes: string | readonly object[];
}

/**
 * Envoy's whole configuration as one file (JSON): template, session script, generated routes, and where everything is. No secret is
 * in it: the script reads `GATEWAY_IAM_TOKEN` from Envoy's environment.
 *
 * Pure. @throws Error naming what is missing, unknown or out of bounds; then there is no configuration.
 */
export function renderEnvoy(parts: EnvoyParts, settings: EnvoySettings): string {
  const generated: unknown = typeof parts.routes === "string" ? parse(parts.routes) : parts.routes;
  const routes = servedRoutes(generated, settings);
  const filled = fillTemplate(parse(parts.template), valuesOf(parts.script, routes, settings));
  return `${JSON.stringify(filled, undefined, 2)}\n`;
}

/** What the renderer reads of a generated route. */
interface GeneratedRoute {
  readonly route?: { readonly cluster: string };
  readonly metadata?: {
    readonly filter_metadata: { readonly "envoy.filters.http.lua"?: { readonly service?: string } };
  };
}

function valuesOf(script: string, routes: readonly Json[], settings: EnvoySettings): Readonly<Record<string, Json>> {
  const limits = { ...defaultLimits, ...settings.limits };
  return {
    admin_port: whole("adminPort", settings.adminPort, 0, 65_535),
    listen_host: settings.listen.host,
    listen_port: whole("listen.port", settings.listen.port, 0, 65_535),
    transport_socket: transportSocket(settings.tls),
    first_bytes: [inspector(settings.tls === undefined ? "http" : "tls")],
    rate_limits_percent: (settings.rateLimits ?? true) ? 100 : 0,
    max_connections: whole("limits.connections", limits.connections, 1, 1_000_000),
    max_heap_bytes: whole("limits.heapBytes", limits.heapBytes, 134_217_728, 2 ** 40),
    header_timeout: `${whole("limits.headerTimeoutMs", limits.headerTimeoutMs, 1, 600_000) / 1_000}s`,
    max_headers_kb: Math.max(1, Math.floor(whole("limits.headerBytes", limits.headerBytes, 1, 8_388_608) / 1_024)),
    max_headers_count: whole("limits.headerCount", limits.headerCount, 1, 10_000),
    max_streams: whole("limits.streamsPerConnection", limits.streamsPerConnection, 1, 10_000),
    max_body_bytes: whole("maxBodyBytes", settings.maxBodyBytes ?? 4_194_304, 1, 268_435_456),
    session_script: withTimeout(script, whole("sessionTimeoutMs", settings.sessionTimeoutMs ?? 1_000, 1, 10_000)),
    local_replies: localReplies(),
    origins: settings.origins.map(originMatch),
    origins_regex: anyOf(settings.origins),
    routes,
    iam_type: discovery(settings.iamUrl),
    iam_endpoints: endpoints("session-check", settings.iamUrl),
    upstreams: Object.entries(settings.upstreams).map(([name, upstream]) => upstreamCluster(name, upstream)),
  };
}

const withTimeout = (script: string, ms: number): string => `GANTRY_SESSION_TIMEOUT_MS = ${ms}\n${script}`;

/** The service that a generated route leads to, or would. */
const serviceOf = ({ route, metadata }: GeneratedRoute): string | undefined =>
  route?.cluster ?? metadata?.filter_metadata?.["envoy.filters.http.lua"]?.service;

/** @throws Error when the routes are none, or no route leads to one of the upstreams */
function servedRoutes(parsed: unknown, { upstreams }: EnvoySettings): readonly Json[] {
  if (!Array.isArray(parsed)) throw new Error("the routes are no list");
  const routes: readonly (GeneratedRoute & { readonly [name: string]: Json })[] = parsed;
  const named = new Set(routes.map(serviceOf));
  const unknown = Object.keys(upstreams).filter((name) => !named.has(name));
  if (unknown.length > 0) throw new Error(`no route leads to ${unknown.join(", ")}`);
  return routes.filter((route) => Object.hasOwn(upstreams, serviceOf(route) ?? ""));
}

function whole(name: string, value: number, from: number, to: number): number {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  throw new Error(`${name} is ${value}; it must be a whole number from ${from} to ${to}`);
}

/** What an origin matches that is one of these; nothing matches none, and Envoy refuses an empty pattern. */
const anyOf = (origins: readonly string[]): string =>
  origins.length === 0 ? "[^\\s\\S]" : origins.map((origin) => origin.replaceAll(/[.[\]]/g, "\\$&")).join("|");

function originMatch(origin: string): Json {
  if (!URL.canParse(origin) || new URL(origin).origin !== origin)
    throw new Error(`${JSON.stringify(origin)} is no origin: scheme://host[:port]`);
  return { exact: origin };
}

const file = (name: string): Json => ({ filename: name });

/** Waits for the first bytes of a connection, and so notices those that never come. */
const inspector = (protocol: "http" | "tls"): Json => ({
  name: `envoy.filters.listener.${protocol}_inspector`,
  typed_config: {
    "@type": `type.googleapis.com/envoy.extensions.filters.listener.${protocol}_inspector.v3.${protocol === "http" ? "Http" : "Tls"}Inspector`,
  },
});

function transportSocket(tls: EnvoySettings["tls"]): Json {
  if (tls === undefined) return null;
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
      common_tls_context: {
        alpn_protocols: ["h2", "http/1.1"],
        tls_params: { tls_minimum_protocol_version: "TLSv1_2" },
        tls_certificates: [{ certificate_chain: file(tls.certificateFile), private_key: file(tls.keyFile) }],
      },
    },
  };
}
