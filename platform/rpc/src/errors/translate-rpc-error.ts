import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { AppError, type ErrorKind, statusTable } from "@gantry/kernel";
import { violationsOf } from "./violations-of.ts";

/** What the codes of an upstream mean here. Connect's own mapping of HTTP status to code has happened before. */
const kinds: Readonly<Record<Code, ErrorKind>> = {
  [Code.Canceled]: "cancelled",
  [Code.Unknown]: "internal",
  [Code.InvalidArgument]: "invalid_argument",
  [Code.DeadlineExceeded]: "timeout",
  [Code.NotFound]: "not_found",
  [Code.AlreadyExists]: "already_exists",
  [Code.PermissionDenied]: "permission_denied",
  [Code.ResourceExhausted]: "rate_limited",
  [Code.FailedPrecondition]: "failed_precondition",
  [Code.Aborted]: "conflict",
  [Code.OutOfRange]: "invalid_argument",
  [Code.Unimplemented]: "unimplemented",
  [Code.Internal]: "internal",
  [Code.Unavailable]: "unavailable",
  [Code.DataLoss]: "internal",
  [Code.Unauthenticated]: "unauthenticated",
};

/**
 * Translates what a call threw into the caller's own terms. Reason, details and violations come from the error's details.
 * Its text is taken over only when a service wrote it for callers (it then has an ErrorInfo) and it is not `internal`;
 * otherwise the text is a constant of the kind. The original is the `cause`. What is an AppError already stays one.
 */
export function translateRpcError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  if (!(error instanceof ConnectError)) return AppError.from(error);
  // Connect wraps what interceptors throw
  if (!error.isWireError && AppError.is(error.cause)) return error.cause;
  return fromConnectError(error);
}

function fromConnectError(error: ConnectError): AppError {
  const [info] = error.findDetails(ErrorInfoSchema);
  const kind = kindOf(error.code, info !== undefined);
  if (kind === "internal") return upstreamFailed(error, info?.reason);
  const violations = violationsOf(error);
  const isOurs = info !== undefined || violations.length > 0;
  const retryAfterSec = secondsOf(error.metadata.get("retry-after"));
  return new AppError({
    kind,
    reason: info?.reason ?? Code[error.code].replace(/(?<=.)[A-Z]/g, "_$&").toUpperCase(),
    message: isOurs ? error.rawMessage : `The call failed: ${statusTable[kind].title}.`,
    details: info?.metadata ?? {},
    violations,
    meta: { upstream: error.rawMessage },
    cause: error,
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
  });
}

/**
 * "Resource exhausted" is a rate limit or a message over the limit. Of the two only the rate limits are written by our
 * services; the other comes from the RPC libraries, and trying again would not help.
 */
const kindOf = (code: Code, isOurs: boolean): ErrorKind =>
  code === Code.ResourceExhausted && !isOurs ? "payload_too_large" : kinds[code];

function upstreamFailed(error: ConnectError, upstreamReason: string | undefined): AppError {
  const { kind, reason, message } = AppError.from(error);
  const meta = { upstream: error.rawMessage, upstreamCode: Code[error.code], upstreamReason };
  return new AppError({ kind, reason, message, meta, cause: error });
}

/** RFC 9110, 10.2.3, in its form as seconds; the date form is not used between services. */
function secondsOf(value: string | null): number | undefined {
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}
