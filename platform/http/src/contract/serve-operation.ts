import { authorize, IDENTITY_HEADER, type Principal } from "@gantry/identity";
import { AppError, statusTable } from "@gantry/kernel";
import { problemOf, problemResponse } from "../problem/problem.ts";
import { TimedCall } from "./call.ts";
import { Exchange, type HostContext } from "./exchange.ts";
import { handleInTime } from "./handle-in-time.ts";
import type { Answer, Operation } from "./operation.ts";
import { readBody } from "./read-body.ts";
import { readInput } from "./read-input.ts";
import { headerOf } from "./read-parameters.ts";
import { sendAnswer } from "./send-answer.ts";
import type { ServeSettings } from "./settings.ts";

const RETRY_AFTER = "Retry-After";

/** Serves one operation: who calls, what with, the handler in its time, the answer. Never throws. */
export async function serveOperation(
  c: HostContext,
  service: string,
  operation: Operation,
  settings: ServeSettings,
): Promise<Response> {
  const exchange = c.env?.exchange ?? new Exchange();
  exchange.route = operation.route;
  try {
    const principal = await identify(c, operation, settings);
    const body = operation.body === undefined ? "absent" : await readBody(c, settings.maxBodyBytes);
    const input = readInput(c, operation, body);
    const call = new TimedCall(principal, exchange);
    return sendAnswer(operation, await handleInTime(operation, input, call, settings.logger), settings);
  } catch (error) {
    return refuse(AppError.from(error), service, operation, settings, exchange);
  }
}

/** Before anything is read: a caller without a right to the operation costs nothing and learns nothing. */
async function identify(
  c: HostContext,
  { policy }: Operation,
  { verifier }: ServeSettings,
): Promise<Principal | undefined> {
  if (policy.auth === "PUBLIC") return undefined;
  const principal = await verifier.verify(headerOf(c, IDENTITY_HEADER));
  authorize(policy, principal);
  return principal;
}

/** The problem of an error; a constant 500 where the contract does not know the problem's status. */
function refuse(
  error: AppError,
  service: string,
  operation: Operation,
  settings: ServeSettings,
  exchange: Exchange,
): Response {
  note(error, operation, settings, exchange);
  try {
    const response = sendAnswer(operation, problemAnswer(error, service, operation, exchange), settings);
    exchange.code = error.reason;
    return response;
  } catch (failure) {
    const unfit = AppError.from(failure);
    note(unfit, operation, settings, exchange);
    exchange.code = unfit.reason;
    return problemResponse(unfit, service, exchange.traceId);
  }
}

function problemAnswer(error: AppError, service: string, { answers }: Operation, { traceId }: Exchange): Answer {
  const body = problemOf(error, service, traceId);
  const isTold = error.retryAfterSec !== undefined && answers[body.status]?.headers?.includes(RETRY_AFTER);
  return { status: body.status, body, ...(isTold && { headers: { [RETRY_AFTER]: error.retryAfterSec } }) };
}

/** What is the caller's doing is in the access log; the rest gets a line and marks the span. */
function note(error: AppError, operation: Operation, { logger }: ServeSettings, exchange: Exchange): void {
  const { log, httpStatus } = statusTable[error.kind];
  if (httpStatus >= 500) exchange.error = error;
  if (log !== "info")
    logger[log]({ err: error, operation: operation.id, trace_id: exchange.traceId }, "an operation failed");
}
