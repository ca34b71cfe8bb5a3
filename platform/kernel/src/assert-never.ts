import { inspect } from "node:util";

/** Marks code that cannot be reached; a new member of a closed set makes the call a compile error. */
export function assertNever(value: never, what = "value"): never {
  throw new TypeError(`unexpected ${what}: ${inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })}`);
}
