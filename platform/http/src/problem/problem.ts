import { AppError, statusTable, type Violation } from "@gantry/kernel";

/** The media type of problem documents (RFC 9457). */
export const PROBLEM_JSON = "application/problem+json";

/** What a client is told when something goes wrong (RFC 9457). Clients branch on `code`. */
export interface Problem {
  /** `urn:gantry:<service>:<code in lower case with hyphens>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** The stable reason, UPPER_SNAKE. */
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  readonly trace_id: string;
}

/** How much of an error a client is shown. */
const MAX_MESSAGE_CHARS = 1000;

/**
 * The problem document of an error. Of an `internal` one nothing but the trace id is told: its text may name what only we
 * should know.
 */
export function problemOf(error: AppError, service: string, traceId: string): Problem {
  const told = error.kind === "internal" ? AppError.from(undefined) : error;
  const { httpStatus, title } = statusTable[told.kind];
  return {
    type: `urn:gantry:${service}:${told.reason.toLowerCase().replaceAll("_", "-")}`,
    title,
    status: httpStatus,
    code: told.reason,
    message: told.message.slice(0, MAX_MESSAGE_CHARS),
    ...(Object.keys(told.details).length > 0 && { details: told.details }),
    ...(told.violations.length > 0 && { violations: told.violations }),
    trace_id: traceId,
  };
}

/** The response of an error that no operation answers, with the headers that belong to it. */
export function problemResponse(
  error: AppError,
  service: string,
  traceId: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const problem = problemOf(error, service, traceId);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": PROBLEM_JSON, ...headers },
  });
}
