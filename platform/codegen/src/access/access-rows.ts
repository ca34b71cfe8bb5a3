import type { Operation } from "./read-operations.ts";

/** What happens to a call because of who makes it: it is let in, or refused with this HTTP status (in gRPC: its code). */
export type Outcome = "allowed" | 401 | 403 | 404;

/** One operation and every kind of caller, by name. */
export interface AccessRow extends Pick<Operation, "key" | "kind" | "service" | "method" | "path" | "policy"> {
  /** Through the gateway; a service's own identity is worth nothing there. */
  readonly door: Readonly<Record<string, Outcome>>;
  /** Past the gateway, at the service's own port, with an identity. */
  readonly direct: Readonly<Record<string, Outcome>>;
}

/** Those who call: nobody in particular, a person, another one whose thing it is not, and each service. */
export const people = ["nobody", "person", "another person"] as const;

/** Everybody who may call or try to, services by name. */
export function callersOf(operations: readonly Operation[]): readonly string[] {
  const services = new Set(operations.flatMap(({ service, policy }) => [service, ...(policy.callers ?? [])]));
  return [...people, ...[...services].toSorted()];
}

/** The outcome of each operation for each caller. */
export const accessRows = (operations: readonly Operation[], callers: readonly string[]): readonly AccessRow[] =>
  operations.map((operation) => ({
    key: operation.key,
    kind: operation.kind,
    service: operation.service,
    method: operation.method,
    path: operation.path,
    policy: operation.policy,
    door: outcomes(callers, (caller) => throughDoor(operation, caller)),
    direct: outcomes(callers, (caller) => directly(operation, caller)),
  }));

const outcomes = (callers: readonly string[], of: (caller: string) => Outcome): Readonly<Record<string, Outcome>> =>
  Object.fromEntries(callers.map((caller) => [caller, of(caller)]));

function throughDoor(operation: Operation, caller: string): Outcome {
  if (operation.policy.auth === "SERVICE") return 404;
  if (operation.policy.auth === "PUBLIC") return "allowed";
  return personal(operation, caller) ?? 401;
}

function directly(operation: Operation, caller: string): Outcome {
  const { auth, callers = [] } = operation.policy;
  if (auth === "PUBLIC" || callers.includes(caller)) return "allowed";
  if (caller === "nobody") return 401;
  return (auth === "SESSION" ? personal(operation, caller) : undefined) ?? 403;
}

/** What a person gets of an operation for people; undefined for those who are none. */
function personal({ isOwned }: Operation, caller: string): Outcome | undefined {
  if (caller === "person") return "allowed";
  if (caller === "another person") return isOwned ? 404 : "allowed";
  return undefined;
}
