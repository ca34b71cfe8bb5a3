import type { ReasonName } from "../refusal/reasons.ts";

/** When Envoy refuses or fails, by a CEL expression over its attributes, and what the caller is told then. */
export interface EnvoyRefusal {
  readonly reason: ReasonName;
  readonly when: string;
  /** Names and values in turn. */
  readonly fields?: readonly string[];
}

const details = "response.code_details";
/** What the session script said. A script that died said nothing. */
const scriptSaid = (reason: string): string => `metadata.filter_metadata["gantry.session"]["refused"] == "${reason}"`;
const direct = (route: string): string => `${details} == "direct_response" && xds.route_name == "${route}"`;
const oneOf = (...names: readonly string[]): string => `${details} in [${names.map((name) => `"${name}"`).join(", ")}]`;
const startsWith = (prefix: string): string => `${details}.startsWith("${prefix}")`;

/** In this order: the first that is true is told. */
export const refusals: readonly EnvoyRefusal[] = [
  { reason: "SESSION_MISSING", when: scriptSaid("SESSION_MISSING") },
  { reason: "SESSION_INVALID", when: scriptSaid("SESSION_INVALID") },
  // Refused by the second lock means that the script did not finish.
  {
    reason: "SESSION_CHECK_UNAVAILABLE",
    when: `${scriptSaid("SESSION_CHECK_UNAVAILABLE")} || ${startsWith("rbac_access_denied")}`,
  },
  // A bucket gets one token back within a second at the latest: rates are whole numbers a second.
  { reason: "RATE_LIMITED", when: oneOf("local_rate_limited"), fields: ["retry-after", "1"] },
  {
    reason: "PATH_REFUSED",
    when: `${direct("path-refused")} || ${oneOf("absolute_path_rejected", "path_normalization_failed", "http1.invalid_url")}`,
  },
  { reason: "METHOD_NOT_ALLOWED", when: `${details} == "direct_response" && response.code == 405` },
  { reason: "ROUTE_NOT_FOUND", when: `${direct("not-found")} || ${oneOf("route_not_found", "cluster_not_found")}` },
  { reason: "BODY_TOO_LARGE", when: oneOf("request_payload_too_large") },
  { reason: "HEADERS_TOO_LARGE", when: "response.code == 431" },
  { reason: "REQUEST_TIMEOUT", when: "response.code == 408" },
  { reason: "HEADER_REFUSED", when: oneOf("http1.unexpected_underscore", "http2.unexpected_underscore") },
  {
    reason: "UPSTREAM_TIMEOUT",
    when: oneOf(
      "response_timeout",
      "upstream_per_try_timeout",
      "upstream_max_stream_duration_reached",
      "stream_idle_timeout",
    ),
  },
  {
    reason: "UPSTREAM_UNAVAILABLE",
    when: `${startsWith("upstream_")} || ${oneOf("no_healthy_upstream", "overload", "maintenance_mode")}`,
  },
  { reason: "MALFORMED_REQUEST", when: "response.code == 400" },
];
