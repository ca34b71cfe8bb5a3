import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { attributeNames, recordRpcServed, startServerSpan } from "@gantry/telemetry";
import { codeName } from "../errors/code-name.ts";
import { rpcAttributes } from "../rpc-attributes.ts";
import { eachStep } from "../streams.ts";
import { callRecordKey } from "./call-record.ts";

/** The codes that are the server's fault; a refused request does not make its span a failed one. */
const serverFaults: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** A span below the caller's, active while the handler runs (each step of a stream included), and the duration metric. */
export const serverTelemetry: Interceptor = (next) => async (req) => {
  const startedMs = performance.now();
  const { name, attributes } = rpcAttributes(req.method);
  const span = startServerSpan(name, req.header, attributes);
  const record = req.contextValues.get(callRecordKey);
  if (record !== undefined) record.traceId = span.traceId;

  const finish = (error?: unknown): void => {
    const status = error === undefined ? "ok" : codeName(error);
    if (record !== undefined) record.code = status;
    span.set({ [attributeNames.rpcStatus]: status });
    span.end(faultOf(error));
    recordRpcServed({ method: name, status, durationMs: performance.now() - startedMs });
  };

  try {
    const res = await span.run(() => next(req));
    if (res.stream) return { ...res, message: eachStep(res.message, (step) => span.run(step), finish) };
    finish();
    return res;
  } catch (error) {
    finish(error);
    throw error;
  }
};

function faultOf(error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error;
  return serverFaults.has(error.code) ? (error.cause ?? error) : undefined;
}
