import type { Interceptor } from "@connectrpc/connect";
import { attributeNames, recordRpcCalled, startClientSpan } from "@gantry/telemetry";
import { codeName } from "../errors/code-name.ts";
import { rpcAttributes } from "../rpc-attributes.ts";
import { eachStep } from "../streams.ts";

/** A span for each call, all its tries included, whose context travels with it, and the duration metric. */
export const clientTelemetry: Interceptor = (next) => async (req) => {
  const startedMs = performance.now();
  const { name, attributes } = rpcAttributes(req.method);
  const span = startClientSpan(name, req.header, attributes);

  const finish = (error?: unknown): void => {
    const status = error === undefined ? "ok" : codeName(error);
    span.set({ [attributeNames.rpcStatus]: status });
    span.end(error);
    recordRpcCalled({ method: name, status, durationMs: performance.now() - startedMs });
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
