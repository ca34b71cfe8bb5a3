import type { Json, JsonObject } from "../openapi/json.ts";
import { quote } from "../text/quote.ts";

/** The TypeScript type of a parameter's or header's value: a scalar, or a list of scalars. */
export function valueType(schema: JsonObject): string {
  if (typeof schema.$ref === "string") return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  if (schema.type === "array") return listType(valueType(schema.items as JsonObject));
  if (schema.const !== undefined) return literalType(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map(literalType).join(" | ");
  return schema.type === "integer" ? "number" : String(schema.type);
}

const listType = (item: string): string => (item.includes(" ") ? `readonly (${item})[]` : `readonly ${item}[]`);

const literalType = (value: Json): string => (typeof value === "string" ? quote(value) : JSON.stringify(value));
