import type { Violation } from "@gantry/kernel";
import type { HostContext } from "./exchange.ts";
import type { Operation } from "./operation.ts";
import { type Body, readBody } from "./read-body.ts";
import { readHeaders, readPath, readQuery } from "./read-parameters.ts";
import { invalidRequest, toViolations } from "./violations.ts";

/**
 * The input of an operation, proved by its guard.
 * @throws AppError INVALID_REQUEST with everything that is wrong with it; what {@link readBody} throws
 */
export async function readInput(c: HostContext, operation: Operation, maxBodyBytes: number): Promise<unknown> {
  const violations: Violation[] = [];
  const body = operation.body === undefined ? "absent" : await readBody(c, maxBodyBytes);
  const input = {
    ...(operation.path && { path: readPath(c, operation.path) }),
    ...(operation.query && { query: readQuery(c, operation, violations) }),
    ...(operation.header && { header: readHeaders(c, operation.header) }),
    ...(typeof body === "object" && { body: body.json }),
  };
  violations.push(...guardViolations(operation, input, body));
  if (violations.length > 0) throw invalidRequest(violations);
  return input;
}

function guardViolations({ request }: Operation, input: object, body: Body): readonly Violation[] {
  try {
    if (request(input)) return body === "malformed" ? [notJson] : [];
  } catch (error) {
    if (error instanceof RangeError) return [tooDeep];
    throw error;
  }
  const found = toViolations(request.errors ?? []);
  return body === "malformed" ? [...found.filter(({ field }) => !field.startsWith("/body")), notJson] : found;
}

const notJson: Violation = { field: "/body", rule: "json", message: "must be JSON" };

/** A recursive schema met data nested deeper than the stack. */
const tooDeep: Violation = { field: "/body", rule: "depth", message: "must not be nested that deeply" };
