import { AppError, type Auth, type Policy } from "@gantry/kernel";
import type { Principal } from "./principal.ts";

/**
 * Whether this caller may call this operation at all. Who owns what is decided by the operation.
 * @throws AppError `unauthenticated` UNAUTHENTICATED when an identity is needed and there is none
 * @throws AppError `permission_denied` FORBIDDEN when it is of the wrong kind, or when the operation has no policy
 */
export function authorize(policy: Policy | undefined, principal: Principal | undefined): void {
  if (policy === undefined) throw forbidden("Nobody may call this operation: it has no policy.");
  if (policy.auth === "PUBLIC") return;
  if (principal === undefined) throw unauthenticated();
  const { kind, otherwise } = required[policy.auth];
  if (principal.kind !== kind) throw forbidden(otherwise);
}

const required = {
  SESSION: { kind: "user", otherwise: "Only a signed-in user may call this operation." },
  SERVICE: { kind: "service", otherwise: "Only a service may call this operation." },
} as const satisfies Record<Exclude<Auth, "PUBLIC">, { kind: Principal["kind"]; otherwise: string }>;

const unauthenticated = (): AppError =>
  new AppError({ kind: "unauthenticated", reason: "UNAUTHENTICATED", message: "This operation needs an identity." });

const forbidden = (message: string): AppError =>
  new AppError({ kind: "permission_denied", reason: "FORBIDDEN", message });
