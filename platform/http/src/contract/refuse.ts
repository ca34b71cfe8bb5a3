import { AppError, statusTable } from "@gantry/kernel";
import { problemOf, problemResponse } from "../problem/problem.ts";
import type { Exchange } from "./exchange.ts";
import type { Answer } from "./operation.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Served } from "./served.ts";

const RETRY_AFTER = "Retry-After";

/** The problem of an error; a constant 500 where the contract does not know the problem's status. */
export function refuse(error: AppError, served: Served, exchange: Exchange): Response {
  const { service, operation, settings } = served;
  note(error, served, exchange);
  try {
    const response = sendAnswer(operation, problemAnswer(error, served, exchange), settings);
    exchange.code = error.reason;
    return response;
  } catch (failure) {
    const unfit = AppError.from(failure);
    note(unfit, served, exchange);
    exchange.code = unfit.reason;
    return problemResponse(unfit, service, exchange.traceId);
  }
}

function problemAnswer(error: AppError, { service, operation }: Served, { traceId }: Exchange): Answer {
  const body = problemOf(error, service, traceId);
  const isTold = error.retryAfterSec !== undefined && operation.answers[body.status]?.headers?.includes(RETRY_AFTER);
  return { status: body.status, body, ...(isTold && { headers: { [RETRY_AFTER]: error.retryAfterSec } }) };
}

/** What is the caller's doing is in the access log; the rest gets a line and marks the span. */
function note(error: AppError, { operation, settings }: Served, exchange: Exchange): void {
  const { log, httpStatus } = statusTable[error.kind];
  if (httpStatus >= 500) exchange.error = error;
  if (log === "info") return;
  settings.logger[log]({ err: error, operation: operation.id, trace_id: exchange.traceId }, "an operation failed");
}
