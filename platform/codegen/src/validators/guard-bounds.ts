import type { JsonObject } from "../openapi/json.ts";
import { condition } from "./condition.ts";

const without = (schema: JsonObject, keywords: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));

const only = (schema: JsonObject, keywords: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => keywords.includes(keyword)));

/** Lets a pattern or format look only at text that is not too long, however slow it is on a megabyte. */
export function guardText(schema: JsonObject): JsonObject {
  if (schema.maxLength === undefined || (schema.pattern === undefined && schema.format === undefined)) return schema;
  return {
    ...without(schema, ["maxLength", "pattern", "format"]),
    ...gate(only(schema, ["maxLength"]), only(schema, ["pattern", "format"])),
  };
}

/** Looks into a list, and compares its items, only when it is not too long. */
export function guardList(schema: JsonObject, items: JsonObject): JsonObject {
  const costly = { ...only(schema, ["uniqueItems"]), ...items };
  if (schema.maxItems === undefined || Object.keys(costly).length === 0) return { ...schema, ...items };
  return {
    ...without(schema, ["maxItems", "uniqueItems"]),
    ...gate(only(schema, ["maxItems"]), costly),
  };
}

/** `bound` holds: `rules`. It does not: `bound` again, this time to be reported. */
const gate = (bound: JsonObject, rules: JsonObject): JsonObject => condition(bound, rules, bound);
