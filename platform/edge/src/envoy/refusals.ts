import type { ErrorKind } from "@gantry/kernel";

/** Something that Envoy refuses or fails to do, and what the caller is told. */
export interface Refusal {
  /** The stable code that clients branch on. */
  readonly reason: string;
  readonly kind: ErrorKind;
  readonly message: string;
  /** A CEL expression over Envoy's attributes that is true for it. */
  readonly when: string;
  /** The HTTP status, where the kind has another one. */
  readonly status?: { readonly code: number; readonly title: string };
  /** Sent with it, whatever the protocol. */
  readonly headers?: Readonly<Record<string, string>>;
}

const details = "response.code_details";
/** What the session script said. A script that died said nothing. */
const scriptSaid = (reason: string): string => `metadata.filter_metadata["gantry.session"]["refused"] == "${reason}"`;
const direct = (route: string): string => `${details} == "direct_response" && xds.route_name == "${route}"`;
const oneOf = (...names: readonly string[]): string => `${details} in [${names.map((name) => `"${name}"`).join(", ")}]`;
const startsWith = (prefix: string): string => `${details}.startsWith("${prefix}")`;
const soon = { "retry-after": "1" };

/** In this order: the first that is true is told. */
export const refusals: readonly Refusal[] = [
  {
    reason: "SESSION_MISSING",
    kind: "unauthenticated",
    message: "A session is needed.",
    when: scriptSaid("SESSION_MISSING"),
  },
  {
    reason: "SESSION_INVALID",
    kind: "unauthenticated",
    message: "The session is not valid.",
    when: scriptSaid("SESSION_INVALID"),
  },
  {
    reason: "SESSION_CHECK_UNAVAILABLE",
    kind: "unavailable",
    message: "The session cannot be checked now.",
    // Refused by the second lock means that the script did not finish.
    when: `${scriptSaid("SESSION_CHECK_UNAVAILABLE")} || ${startsWith("rbac_access_denied")}`,
    headers: soon,
  },
  {
    reason: "RATE_LIMITED",
    kind: "rate_limited",
    message: "Too many requests.",
    when: oneOf("local_rate_limited"),
    // A bucket gets one token back within a second at the latest: rates are whole numbers a second.
    headers: soon,
  },
  {
    reason: "PATH_REFUSED",
    kind: "invalid_argument",
    message: "The path is refused.",
    when: `${direct("path-refused")} || ${oneOf("absolute_path_rejected", "path_normalization_failed", "http1.invalid_url")}`,
  },
  {
    reason: "METHOD_NOT_ALLOWED",
    kind: "method_not_allowed",
    message: "The path does not know this method.",
    when: `${details} == "direct_response" && response.code == 405`,
  },
  {
    reason: "ROUTE_NOT_FOUND",
    kind: "not_found",
    message: "There is nothing at this path.",
    when: `${direct("not-found")} || ${oneOf("route_not_found")}`,
  },
  {
    reason: "BODY_TOO_LARGE",
    kind: "payload_too_large",
    message: "The body is too large.",
    when: oneOf("request_payload_too_large"),
  },
  {
    reason: "HEADERS_TOO_LARGE",
    kind: "payload_too_large",
    status: { code: 431, title: "Request Header Fields Too Large" },
    message: "The headers are too large.",
    when: "response.code == 431",
  },
  {
    reason: "HEADER_REFUSED",
    kind: "invalid_argument",
    message: "A header is refused.",
    when: oneOf("http1.unexpected_underscore", "http2.unexpected_underscore"),
  },
  {
    reason: "UPSTREAM_TIMEOUT",
    kind: "timeout",
    message: "The service did not answer in time.",
    when: oneOf(
      "response_timeout",
      "upstream_per_try_timeout",
      "upstream_max_stream_duration_reached",
      "stream_idle_timeout",
    ),
  },
  {
    reason: "UPSTREAM_UNAVAILABLE",
    kind: "unavailable",
    message: "The service cannot be reached now.",
    when: `${startsWith("upstream_")} || ${oneOf("no_healthy_upstream", "overload", "cluster_not_found", "maintenance_mode")}`,
    headers: soon,
  },
];
