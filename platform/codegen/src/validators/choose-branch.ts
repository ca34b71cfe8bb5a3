import { isObject, type JsonObject } from "../openapi/json.ts";
import { condition } from "./condition.ts";
import { CONTRADICTION } from "./contradiction.ts";

/**
 * oneOf or anyOf so that only the branch that was meant reports problems.
 *
 * Plain JSON Schema answers a slip in one branch with the problems of all branches. Where each branch of a oneOf has a
 * member that it requires and no other branch allows, that member says which branch is meant, and the choice becomes a
 * chain of conditions that accepts exactly the same data. Otherwise the choice is reported as a whole.
 * @param written the branches as the contract has them, references followed
 * @param prepared the same branches for the validator
 */
export function chooseBranch(
  keyword: "oneOf" | "anyOf",
  written: readonly JsonObject[],
  prepared: readonly JsonObject[],
): JsonObject {
  const marks = written.map((branch, index) => markOf(branch, written.toSpliced(index, 1)));
  if (keyword === "anyOf" || !marks.every((mark) => mark !== undefined)) return asWhole(keyword, prepared);
  const chosen = marks.map((mark) => ({ required: [mark] }));
  const chain = prepared.reduceRight((rest, branch, index) => condition(chosen[index] ?? {}, branch, rest));
  const message = `must have exactly one of ${marks.join(", ")}`;
  return condition({ anyOf: [{ not: { type: "object" } }, { oneOf: chosen }] }, chain, contradict(keyword, message));
}

/** A member that this branch requires and that no other branch allows. */
function markOf(branch: JsonObject, others: readonly JsonObject[]): string | undefined {
  if (branch.type !== "object" || !Array.isArray(branch.required)) return undefined;
  return branch.required.map(String).find((name) => others.every((other) => !allows(other, name)));
}

const allows = (branch: JsonObject, name: string): boolean =>
  branch.type !== "object" ||
  branch.additionalProperties !== false ||
  (isObject(branch.properties) && Object.hasOwn(branch.properties, name));

const asWhole = (keyword: "oneOf" | "anyOf", prepared: readonly JsonObject[]): JsonObject => {
  const count = keyword === "oneOf" ? "exactly" : "at least";
  return condition(
    { [keyword]: prepared },
    {},
    contradict(keyword, `must fit ${count} one of ${prepared.length} shapes`),
  );
};

const contradict = (rule: string, message: string): JsonObject => ({ [CONTRADICTION]: { rule, message } });
