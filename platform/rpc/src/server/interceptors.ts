import { createValidator } from "@bufbuild/protovalidate";
import type { Interceptor } from "@connectrpc/connect";
import { createValidateInterceptor } from "@connectrpc/validate";
import type { IdentityVerifier, SessionWatch } from "@gantry/identity";
import type { PolicyTable } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { Policies } from "../policies.ts";
import { deadline } from "./deadline.ts";
import { errorMap } from "./error-map.ts";
import { principal } from "./principal.ts";
import { sessionEnd } from "./session-end.ts";
import { serverTelemetry } from "./telemetry.ts";

export interface RpcServerRules {
  /** The name of the service: the domain of its error reasons. */
  readonly service: string;
  /** A method without a row is refused to everybody. */
  readonly policies: PolicyTable;
  readonly verifier: IdentityVerifier;
  readonly logger: Logger;
  /** Ends people's streams with their sessions. A service with streams for people needs one, others have no use for it. */
  readonly sessions?: SessionWatch;
}

/**
 * What every call of a server goes through, outermost first: telemetry, error map, principal, end of the session, deadline,
 * validation. For tests in memory: `createRouterTransport(routes, { router: { interceptors: rpcServerInterceptors(…) } })`.
 */
export function rpcServerInterceptors({
  service,
  policies,
  verifier,
  logger,
  sessions,
}: RpcServerRules): Interceptor[] {
  const known = new Policies(policies);
  return [
    serverTelemetry,
    errorMap(service, logger),
    principal(known, verifier),
    ...(sessions === undefined ? [] : [sessionEnd(sessions)]),
    deadline(known),
    createValidateInterceptor({ validator: createValidator() }),
  ];
}
