import type { Violation } from "@gantry/kernel";
import type { HostContext } from "./exchange.ts";
import type { Operation } from "./operation.ts";
import type { Body } from "./read-body.ts";
import { readHeaders, readPath, readQuery } from "./read-parameters.ts";
import { invalidRequest, toViolations } from "./violations.ts";

interface Input {
  path?: unknown;
  query?: unknown;
  header?: unknown;
  body?: unknown;
}

/**
 * The input of an operation, proved by its guard.
 * @throws AppError INVALID_REQUEST with everything that is wrong with it
 */
export function readInput(c: HostContext, operation: Operation, body: Body | undefined): unknown {
  const violations: Violation[] = [];
  const input: Input = {};
  if (operation.path !== undefined) input.path = readPath(c, operation.path);
  if (operation.query !== undefined) input.query = readQuery(c, operation.query, violations);
  else if (400 in operation.answers) readQuery(c, [], violations);
  if (operation.header !== undefined) input.header = readHeaders(c, operation.header);
  if (typeof body === "object") input.body = body.json;
  if (fits(operation, input, body, violations) && violations.length === 0) return input;
  throw invalidRequest(violations);
}

/** Adds what the guard finds to `violations`. */
function fits({ request }: Operation, input: Input, body: Body | undefined, violations: Violation[]): boolean {
  if (body === "malformed") violations.push(notJson);
  try {
    if (request(input)) return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    violations.push(tooDeep);
    return false;
  }
  const found = toViolations(request.errors ?? []);
  violations.push(...(body === "malformed" ? found.filter(({ field }) => !field.startsWith("/body")) : found));
  return false;
}

const notJson: Violation = { field: "/body", rule: "json", message: "must be JSON" };

/** A recursive schema met data nested deeper than the stack. */
const tooDeep: Violation = { field: "/body", rule: "depth", message: "must not be nested that deeply" };
