import { AppError, type Policy } from "@gantry/kernel";
import type { Principal } from "./principal.ts";

/**
 * Whether this caller may call this operation at all. Who owns what is decided by the operation.
 * @throws AppError `unauthenticated` UNAUTHENTICATED when an identity is needed and there is none
 * @throws AppError `permission_denied` FORBIDDEN when it is of the wrong kind or of a service that the contract does not
 *   name, or when the operation has no policy
 */
export function authorize(policy: Policy | undefined, principal: Principal | undefined): void {
  if (policy === undefined) throw forbidden("Nobody may call this operation: it has no policy.");
  if (policy.auth === "PUBLIC") return;
  if (principal === undefined) throw unauthenticated();
  if (policy.auth === "SESSION") onlyUsers(principal);
  else onlyServices(policy.callers ?? [], principal);
}

function onlyUsers(principal: Principal): void {
  if (principal.kind !== "user") throw forbidden("Only a signed-in user may call this operation.");
}

function onlyServices(callers: readonly string[], principal: Principal): void {
  if (principal.kind !== "service") throw forbidden("Only a service may call this operation.");
  if (!callers.includes(principal.service)) {
    throw forbidden(`The service ${principal.service} may not call this operation; ${listOf(callers)} may.`);
  }
}

const listOf = (callers: readonly string[]): string => (callers.length === 0 ? "no other" : callers.join(", "));

const unauthenticated = (): AppError =>
  new AppError({ kind: "unauthenticated", reason: "UNAUTHENTICATED", message: "This operation needs an identity." });

const forbidden = (message: string): AppError =>
  new AppError({ kind: "permission_denied", reason: "FORBIDDEN", message });
