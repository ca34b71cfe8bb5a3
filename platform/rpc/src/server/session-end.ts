import type { Interceptor } from "@connectrpc/connect";
import type { SessionWatch } from "@gantry/identity";
import { eachStep } from "../streams.ts";
import { principalOf } from "./principal.ts";

/** Ends a person's stream when their session ends. A unary call is over before anybody could tell. */
export const sessionEnd =
  (sessions: SessionWatch): Interceptor =>
  (next) =>
  async (req) => {
    const caller = principalOf({ values: req.contextValues });
    if (!req.stream || caller?.kind !== "user") return next(req);
    const { signal, release } = sessions.watch(caller.sessionUuid);
    try {
      const res = await next({ ...req, signal: AbortSignal.any([req.signal, signal]) });
      if (res.stream) return { ...res, message: eachStep(res.message, (step) => step(), release) };
      release();
      return res;
    } catch (error) {
      release();
      throw error;
    }
  };
