/** What a message consumer does with a failed message: acknowledge, try again, or hand it to the dead-letter topic. */
export type ConsumerAction = "ack" | "retry" | "retry-then-dead-letter" | "dead-letter";

/** One row per error kind: how each transport tells it. */
export interface StatusRow {
  /** Numeric Connect and gRPC code. */
  readonly rpcCode: number;
  /** HTTP status of the problem document. Connect serves its own mapping of `rpcCode`. */
  readonly httpStatus: number;
  /** RFC 9457 `title`: constant for the kind. */
  readonly title: string;
  readonly consumer: ConsumerAction;
  readonly log: "info" | "warn" | "error";
  /** Whether the same request may succeed later without a change by the caller. */
  readonly retryable: boolean;
}

const row = (
  rpcCode: number,
  httpStatus: number,
  title: string,
  consumer: ConsumerAction,
  log: StatusRow["log"],
  retryable = false,
): StatusRow => ({ rpcCode, httpStatus, title, consumer, log, retryable });

/**
 * The one table from error kind to transport. Hosts read a column each; nothing else maps errors.
 *
 * `failed_precondition` is 409 here although Connect serves 400 for the same code: the OpenAPI contract calls a wrong
 * state a conflict.
 */
export const statusTable = {
  invalid_argument: row(3, 400, "Bad Request", "dead-letter", "info"),
  unauthenticated: row(16, 401, "Unauthorized", "dead-letter", "info"),
  permission_denied: row(7, 403, "Forbidden", "dead-letter", "info"),
  not_found: row(5, 404, "Not Found", "retry-then-dead-letter", "info"),
  method_not_allowed: row(12, 405, "Method Not Allowed", "dead-letter", "info"),
  already_exists: row(6, 409, "Conflict", "ack", "info"),
  failed_precondition: row(9, 409, "Conflict", "dead-letter", "info"),
  conflict: row(10, 409, "Conflict", "retry", "warn", true),
  payload_too_large: row(8, 413, "Content Too Large", "dead-letter", "info"),
  unsupported_media_type: row(3, 415, "Unsupported Media Type", "dead-letter", "info"),
  unprocessable: row(9, 422, "Unprocessable Content", "dead-letter", "info"),
  rate_limited: row(8, 429, "Too Many Requests", "retry", "warn", true),
  cancelled: row(1, 499, "Client Closed Request", "retry", "info"),
  internal: row(13, 500, "Internal Server Error", "retry-then-dead-letter", "error"),
  unimplemented: row(12, 501, "Not Implemented", "dead-letter", "warn"),
  unavailable: row(14, 503, "Service Unavailable", "retry", "warn", true),
  timeout: row(4, 504, "Gateway Timeout", "retry", "warn", true),
} as const satisfies Record<string, StatusRow>;

/** The closed set of ways in which a request can fail. */
export type ErrorKind = keyof typeof statusTable;
