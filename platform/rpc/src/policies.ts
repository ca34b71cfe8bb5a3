import type { DescMethod } from "@bufbuild/protobuf";
import type { Policy, PolicyTable } from "@gantry/kernel";

/** `/pkg.Service/Method`: the key of a method in a policy table, and its path on the wire. */
export const methodKey = (method: DescMethod): string => `/${methodName(method)}`;

/** `pkg.Service/Method`: the name of a method in traces and metrics. */
export const methodName = (method: DescMethod): string => `${method.parent.typeName}/${method.name}`;

/** Answers which policy a method has; each is looked up once. */
export class Policies {
  readonly #table: PolicyTable;
  readonly #known = new Map<DescMethod, Policy | undefined>();

  constructor(table: PolicyTable) {
    this.#table = table;
  }

  of(method: DescMethod): Policy | undefined {
    if (this.#known.has(method)) return this.#known.get(method);
    const key = methodKey(method);
    const policy = Object.hasOwn(this.#table, key) ? this.#table[key] : undefined;
    this.#known.set(method, policy);
    return policy;
  }
}
