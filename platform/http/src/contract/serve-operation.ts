import { authorize, IDENTITY_HEADER, type Principal } from "@gantry/identity";
import { AppError } from "@gantry/kernel";
import { TimedCall } from "./call.ts";
import { Exchange, type HostContext } from "./exchange.ts";
import { handleInTime } from "./handle-in-time.ts";
import { readBody } from "./read-body.ts";
import { readInput } from "./read-input.ts";
import { headerOf } from "./read-parameters.ts";
import { refuse } from "./refuse.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Served } from "./served.ts";

/** Serves one operation: who calls and how often, what with, the handler in its time, the answer. Never throws. */
export async function serveOperation(c: HostContext, served: Served): Promise<Response> {
  const { operation, settings } = served;
  const exchange = c.env?.exchange ?? new Exchange();
  exchange.route = operation.route;
  try {
    const principal = await identify(c, served);
    served.limiter?.take(callerOf(c, served, principal), performance.now());
    const body = operation.body && (await readBody(c, operation.body, settings.maxBodyBytes));
    const input = readInput(c, operation, body);
    const call = new TimedCall(principal, exchange);
    return sendAnswer(operation, await handleInTime(operation, input, call, settings), settings);
  } catch (error) {
    return refuse(AppError.from(error), served, exchange);
  }
}

/** Before anything is read: a caller without a right to the operation costs nothing and learns nothing. */
async function identify(c: HostContext, { operation, settings }: Served): Promise<Principal | undefined> {
  const { policy } = operation;
  if (policy.auth === "PUBLIC") return undefined;
  const principal = await settings.verifier.verify(headerOf(c, IDENTITY_HEADER));
  authorize(policy, principal);
  return principal;
}

/** Whom the operation's rate counts. */
function callerOf(c: HostContext, { operation }: Served, principal: Principal | undefined): string {
  const per = operation.policy.rate?.per;
  if (per === "USER" && principal?.kind === "user") return principal.userUuid;
  return per === "ADDRESS" ? (c.env?.incoming?.socket.remoteAddress ?? "") : "";
}
