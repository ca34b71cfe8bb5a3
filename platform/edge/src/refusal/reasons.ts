/** How each protocol tells that a request was refused. */
export interface Reason {
  /** HTTP status of a problem document. */
  readonly status: number;
  readonly title: string;
  /** Connect's code. */
  readonly code: string;
  /** HTTP status of Connect's code (connectrpc.com/docs/protocol, "Error Codes"). */
  readonly connectStatus: number;
  /** gRPC's number of that code. */
  readonly grpcStatus: number;
  readonly message: string;
}

const reason = (
  status: number,
  title: string,
  [code, connectStatus, grpcStatus]: readonly [string, number, number],
  message: string,
): Reason => ({ status, title, code, connectStatus, grpcStatus, message });

const invalidArgument = ["invalid_argument", 400, 3] as const;
const unauthenticated = ["unauthenticated", 401, 16] as const;
const resourceExhausted = ["resource_exhausted", 429, 8] as const;
const unavailable = ["unavailable", 503, 14] as const;
const deadlineExceeded = ["deadline_exceeded", 504, 4] as const;
const unimplemented = ["unimplemented", 501, 12] as const;
const internal = ["internal", 500, 13] as const;

/** Everything that the gateway itself refuses, by the code that clients branch on. */
export const reasons = {
  SESSION_MISSING: reason(401, "Unauthorized", unauthenticated, "This needs a session. Log in first."),
  SESSION_INVALID: reason(401, "Unauthorized", unauthenticated, "The session is not valid, or has ended."),
  SESSION_CHECK_UNAVAILABLE: reason(
    503,
    "Service Unavailable",
    unavailable,
    "The session cannot be checked now. Try again.",
  ),
  ROUTE_NOT_FOUND: reason(404, "Not Found", unimplemented, "There is nothing at this path."),
  METHOD_NOT_ALLOWED: reason(405, "Method Not Allowed", unimplemented, "This path does not have this method."),
  RATE_LIMITED: reason(429, "Too Many Requests", resourceExhausted, "Too many requests. Try again later."),
  BODY_TOO_LARGE: reason(413, "Content Too Large", resourceExhausted, "The body is too large."),
  HEADERS_TOO_LARGE: reason(431, "Request Header Fields Too Large", resourceExhausted, "The headers are too large."),
  REQUEST_TIMEOUT: reason(408, "Request Timeout", deadlineExceeded, "The request did not come in time."),
  MALFORMED_REQUEST: reason(400, "Bad Request", invalidArgument, "This is not an HTTP request."),
  PATH_REFUSED: reason(400, "Bad Request", invalidArgument, "The path is ambiguous or malformed."),
  HEADER_REFUSED: reason(400, "Bad Request", invalidArgument, "A header is ambiguous or malformed."),
  UPSTREAM_UNAVAILABLE: reason(503, "Service Unavailable", unavailable, "The service is not available. Try again."),
  UPSTREAM_TIMEOUT: reason(504, "Gateway Timeout", deadlineExceeded, "The service did not answer in time."),
  INTERNAL: reason(500, "Internal Server Error", internal, "Something went wrong on our side."),
} as const satisfies Record<string, Reason>;

export type ReasonName = keyof typeof reasons;
