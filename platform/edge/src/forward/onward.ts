import type { ValidSession } from "../session-check.ts";
import type { UpstreamRequest } from "../upstream/upstream.ts";
import type { Visit } from "./visit.ts";

/** The request as a service gets it: what of the client's headers may pass, and what the gateway vouches for. */
export function onward(visit: Visit, session: ValidSession | undefined, scheme: "http" | "https"): UpstreamRequest {
  const { caller, head, requestId, trace } = visit;
  const fields = [
    ...head.fields,
    ...trace.fields,
    "x-forwarded-for",
    caller.address,
    "x-forwarded-proto",
    scheme,
    "x-request-id",
    requestId,
  ];
  if (session !== undefined) fields.push("x-gantry-identity", session.identity);
  return {
    method: caller.method,
    target: caller.target,
    authority: caller.authority ?? "",
    fields,
    isBodyless: caller.isBodyless,
    length: caller.length,
    wantsTrailers: /(?:^|[ ,])trailers(?:$|[ ,;])/i.test(head.known.te ?? ""),
  };
}
