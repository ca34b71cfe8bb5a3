import { Code, ConnectError, createContextValues, type Transport } from "@connectrpc/connect";
import { translateRpcError } from "../errors/translate-rpc-error.ts";
import type { Policies } from "../policies.ts";
import { eachStep } from "../streams.ts";
import { type CallPlan, callPlanKey } from "./call-plan.ts";
import { planCall } from "./plan-call.ts";

/**
 * Lays a deadline around each call of a transport and translates what it throws. Not an interceptor: Connect would turn
 * an `AppError` thrown in one into a `ConnectError`.
 */
export function ruledTransport(inner: Transport, policies: Policies): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input, contextValues = createContextValues()) {
      return translated(() => {
        const plan = planCall(policies, method, signal, timeoutMs);
        contextValues.set(callPlanKey, plan);
        return inner.unary(method, plan.signal, remainingMs(plan), header, input, contextValues);
      });
    },
    async stream(method, signal, timeoutMs, header, input, contextValues = createContextValues()) {
      const res = await translated(() => {
        const plan = planCall(policies, method, signal, timeoutMs);
        contextValues.set(callPlanKey, plan);
        return inner.stream(method, plan.signal, remainingMs(plan), header, input, contextValues);
      });
      const messages = method.methodKind === "client_streaming" ? exactlyOne(res.message) : res.message;
      return { ...res, message: eachStep(messages, translated) };
    },
  };
}

/** Connect takes undefined for "no deadline". */
function remainingMs({ dueMs }: CallPlan): number | undefined {
  return Number.isFinite(dueMs) ? Math.max(1, Math.floor(dueMs - performance.now())) : undefined;
}

/** Connect's client checks this too, but outside of the transport, so that its error would not be translated. */
async function* exactlyOne<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  let count = 0;
  for await (const message of messages) {
    if (++count > 1) break;
    yield message;
  }
  if (count !== 1) throw new ConnectError("the server did not answer with exactly one message", Code.Unimplemented);
}

async function translated<R>(call: () => Promise<R>): Promise<R> {
  try {
    return await call();
  } catch (error) {
    throw translateRpcError(error);
  }
}
