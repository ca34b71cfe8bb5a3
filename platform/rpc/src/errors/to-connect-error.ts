import { create } from "@bufbuild/protobuf";
import { ValidationError } from "@bufbuild/protovalidate";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { AppError, statusTable } from "@gantry/kernel";
import { isExposed } from "./exposed.ts";

type OutgoingDetail = Extract<ConnectError["details"][number], { desc: unknown }>;

/** The reason of a request that breaks a rule of its contract. */
export const INVALID_REQUEST = "INVALID_REQUEST";

/**
 * What a caller is told about an error, whatever was thrown:
 * - an `AppError`: its code by the status table, its message, a `google.rpc.ErrorInfo` with reason, domain and details, a
 *   `google.rpc.BadRequest` with its violations, `retry-after`;
 * - a message that breaks a rule of its contract: `invalid_argument` with `buf.validate.Violations` and an ErrorInfo;
 * - what Connect itself says about the request, and what {@link exposeError} marks: as it is;
 * - anything else, an upstream's error included: `internal` with a constant text. The original is the `cause`, which is
 *   never sent.
 * @param domain the service whose reasons these are
 */
export function toConnectError(error: unknown, domain: string): ConnectError {
  if (AppError.is(error)) return fromAppError(error, domain);
  if (error instanceof ConnectError) {
    if (error.cause instanceof ValidationError) return withReason(error, domain);
    if (isExposed(error) || isUnimplemented(error)) return error;
  }
  return fromAppError(AppError.from(error), domain);
}

function fromAppError(error: AppError, domain: string): ConnectError {
  const shown = error.kind === "internal" ? AppError.from(error.cause ?? new Error(error.message)) : error;
  const details: OutgoingDetail[] = [errorInfo(shown.reason, domain, shown.details)];
  if (shown.violations.length > 0) details.push(badRequest(shown));
  const metadata = shown.retryAfterSec === undefined ? {} : { "retry-after": String(shown.retryAfterSec) };
  return new ConnectError(shown.message, statusTable[shown.kind].rpcCode, metadata, details, error);
}

/** The violations stay as protovalidate's own detail, which every client library of it understands. */
function withReason(error: ConnectError, domain: string): ConnectError {
  error.details.push(errorInfo(INVALID_REQUEST, domain, {}));
  return error;
}

/** Connect says so when a method has no handler, or a message is missing. No wire is involved. */
const isUnimplemented = (error: ConnectError): boolean => error.code === Code.Unimplemented && !error.isWireError;

const errorInfo = (reason: string, domain: string, metadata: Readonly<Record<string, string>>): OutgoingDetail => ({
  desc: ErrorInfoSchema,
  value: create(ErrorInfoSchema, { reason, domain, metadata: { ...metadata } }),
});

const badRequest = ({ violations }: AppError): OutgoingDetail => ({
  desc: BadRequestSchema,
  value: create(BadRequestSchema, {
    fieldViolations: violations.map(({ field, rule, message }) => ({ field, reason: rule, description: message })),
  }),
});
