import { isObject, type Json, type JsonObject } from "../openapi/json.ts";
import { plainKeywords } from "../openapi/schema-vocabulary.ts";
import { chooseBranch } from "./choose-branch.ts";
import { guardList, guardText } from "./guard-bounds.ts";

/**
 * What a schema is used for.
 * - `request`: taken as written; long texts and lists are refused before anything costly looks inside them.
 * - `answer`: closed. The contract tells clients to ignore members they do not know, so that members can be added later;
 *   the server itself must not send one that is not declared.
 * - `part`: a piece of an answer's composition (allOf, oneOf, anyOf), which its owner closes as a whole.
 */
export type Role = "request" | "answer" | "part";

/** How a schema sees the named ones. */
export interface Names {
  named(ref: string): JsonObject;
  refer(ref: string, role: Role): JsonObject;
}

/** Turns a checked schema of the contract into one for Ajv: rules only, arranged so that hostile data is cheap to refuse. */
export function prepareSchema(schema: JsonObject, role: Role, names: Names): JsonObject {
  if (typeof schema.$ref === "string") return names.refer(schema.$ref, role);
  const own = {
    ...pick(schema, role),
    ...prepareObject(schema, role, names),
    ...prepareComposition(schema, role, names),
  };
  const list = isObject(schema.items) ? { items: prepareSchema(schema.items, inner(role), names) } : {};
  if (role !== "request") return { ...own, ...list };
  return guardList(guardText(own), list);
}

/** Parts of a part are inside an answer again. */
const inner = (role: Role): Role => (role === "part" ? "answer" : role);

const pick = (schema: JsonObject, role: Role): JsonObject =>
  Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => plainKeywords.has(keyword) && !isIdleFormat(keyword, schema, role)),
  );

/**
 * A format that need not be looked at: of numbers those that the type or the bounds say already; of an answer's text one
 * that a pattern says as well, because our own text is not hostile.
 */
function isIdleFormat(keyword: string, { format, minimum, maximum, pattern }: JsonObject, role: Role): boolean {
  if (keyword !== "format") return false;
  if (format === "int32") return minimum !== undefined && maximum !== undefined;
  return ["int64", "float", "double"].includes(String(format)) || (role !== "request" && pattern !== undefined);
}

function prepareObject(schema: JsonObject, role: Role, names: Names): JsonObject {
  const child = (value: Json): Json => (isObject(value) ? prepareSchema(value, inner(role), names) : value);
  const { properties, additionalProperties } = schema;
  return {
    ...(isObject(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, child(value)])),
    }),
    ...memberNames(schema, role, child),
    ...(additionalProperties !== undefined && { additionalProperties: child(additionalProperties) }),
    ...closing(schema, role),
  };
}

/**
 * What members may be called. In a request never `__proto__`, which JSON.parse makes a member like any other: a handler that
 * copies members by assignment would set the prototype.
 */
function memberNames(
  { type, propertyNames, additionalProperties }: JsonObject,
  role: Role,
  child: (v: Json) => Json,
): JsonObject {
  const own = propertyNames === undefined ? [] : [child(propertyNames)];
  const isOpen = role === "request" && type === "object" && additionalProperties !== false;
  const rules = isOpen ? [...own, { not: { const: "__proto__" } }] : own;
  if (rules.length === 0) return {};
  return { propertyNames: rules.length === 1 ? (rules[0] ?? true) : { allOf: rules } };
}

/** Only what `properties` names may be sent, unless the contract says what else may. */
function closing(schema: JsonObject, role: Role): JsonObject {
  if (role !== "answer" || schema.additionalProperties !== undefined) return {};
  if (isComposed(schema)) return { unevaluatedProperties: false };
  return isObject(schema.properties) ? { additionalProperties: false } : {};
}

const isComposed = (schema: JsonObject): boolean => ["allOf", "anyOf", "oneOf"].some((keyword) => keyword in schema);

function prepareComposition(schema: JsonObject, role: Role, names: Names): JsonObject {
  const branchRole: Role = role === "answer" ? "part" : role;
  const branches = (keyword: string): readonly JsonObject[] => {
    const list = schema[keyword];
    return Array.isArray(list) ? list.filter(isObject) : [];
  };
  const prepared = (branch: JsonObject): JsonObject => prepareSchema(branch, branchRole, names);
  const allOf = branches("allOf").map(prepared);
  for (const keyword of ["oneOf", "anyOf"] as const) {
    const choices = branches(keyword);
    if (choices.length === 0) continue;
    const followed = choices.map((choice) => (typeof choice.$ref === "string" ? names.named(choice.$ref) : choice));
    allOf.push(chooseBranch(keyword, followed, choices.map(prepared)));
  }
  return {
    ...(allOf.length > 0 && { allOf }),
    ...(isObject(schema.not) && { not: prepareSchema(schema.not, "part", names) }),
  };
}
