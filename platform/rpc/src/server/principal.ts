import { createContextKey, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import {
  authorize,
  IDENTITY_HEADER,
  type IdentityVerifier,
  type Principal,
  type UserPrincipal,
} from "@gantry/identity";
import { AppError } from "@gantry/kernel";
import type { Policies } from "../policies.ts";
import { callRecordKey } from "./call-record.ts";

const principalKey = createContextKey<Principal | undefined>(undefined, { description: "principal" });

/**
 * Finds out who calls, and refuses who may not: by the identity in `x-gantry-identity` and the method's policy. A method
 * without a policy is refused to everybody. An identity that is not valid is refused on public methods too.
 */
export function principal(policies: Policies, verifier: IdentityVerifier): Interceptor {
  return (next) => async (req) => {
    const policy = policies.of(req.method);
    const token = req.header.get(IDENTITY_HEADER);
    const caller = token === null ? undefined : await verifier.verify(token);
    authorize(policy, caller);
    if (caller !== undefined) {
      req.contextValues.set(principalKey, caller);
      const record = req.contextValues.get(callRecordKey);
      if (record !== undefined) record.caller = describe(caller);
    }
    return next(req);
  };
}

/** Who calls, as verified; undefined for a caller without an identity, whom only PUBLIC methods accept. */
export const principalOf = (context: Pick<HandlerContext, "values">): Principal | undefined =>
  context.values.get(principalKey);

/**
 * The person on whose behalf the call is made.
 * @throws AppError `unauthenticated` UNAUTHENTICATED when it is not a person's; a SESSION method never gets that far
 */
export function userOf(context: Pick<HandlerContext, "values">): UserPrincipal {
  const caller = principalOf(context);
  if (caller?.kind === "user") return caller;
  throw new AppError({ kind: "unauthenticated", reason: "UNAUTHENTICATED", message: "This operation needs a user." });
}

const describe = (caller: Principal): string =>
  caller.kind === "user" ? `user:${caller.userUuid}` : `service:${caller.service}`;
