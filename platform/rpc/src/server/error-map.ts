import { ConnectError, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { AppError, statusTable } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { markExposed } from "../errors/exposed.ts";
import { toConnectError } from "../errors/to-connect-error.ts";
import { withoutQuotes } from "../errors/unreadable.ts";
import { methodName } from "../policies.ts";
import { eachStep } from "../streams.ts";
import { callRecordKey } from "./call-record.ts";

type AnyRequest = UnaryRequest | StreamRequest;

/**
 * Maps what handlers throw outward, once and for every protocol; see {@link toConnectError}. What is nobody's fault but
 * ours is logged with its stack here, because the caller sees a constant text.
 */
export function errorMap(domain: string, logger: Logger): Interceptor {
  const mapped = (error: unknown, req: AnyRequest): ConnectError => {
    const shown = toConnectError(error, domain);
    const app = AppError.is(error) ? error : undefined;
    const record = req.contextValues.get(callRecordKey);
    if (record !== undefined && app !== undefined) record.reason = app.reason;
    if (shown.cause !== undefined && statusTable.internal.rpcCode === shown.code) {
      logger.error({ err: error, meta: app?.meta, rpc: methodName(req.method) }, "a call failed on our side");
    }
    return shown;
  };
  return (next) => async (req) => {
    const around = async <R>(step: () => Promise<R>): Promise<R> => {
      try {
        return await step();
      } catch (error) {
        throw mapped(error, req);
      }
    };
    const res = await around(() => next(req.stream ? { ...req, message: eachStep(req.message, exposing) } : req));
    return res.stream ? { ...res, message: eachStep(res.message, around) } : res;
  };
}

/** What Connect says about a message it cannot read (too large, malformed, cut off) is for the caller. */
async function exposing<R>(step: () => Promise<R>): Promise<R> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof ConnectError ? markExposed(withoutQuotes(error)) : error;
  }
}
