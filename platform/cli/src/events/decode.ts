import { type DescField, type DescMessage, fromBinary, getOption, type JsonValue, toJson } from "@bufbuild/protobuf";
import { sensitive } from "@gantry/gen/proto/gantry/policy/v1/policy_pb";
import type { EventRegistry } from "@gantry/messaging";

const HIDDEN = "[hidden]";

/**
 * An event as JSON, by its contract; what the contract calls sensitive is hidden.
 * @returns why not, as text, when nobody can read it
 */
export function decodeEvent(registry: EventRegistry, type: string | undefined, payload: Uint8Array): JsonValue {
  const entry = type === undefined ? undefined : new Map(Object.entries(registry)).get(type);
  if (entry === undefined) return `not decoded: the contracts have no event ${JSON.stringify(type)}`;
  try {
    return hide(entry.schema, toJson(entry.schema, fromBinary(entry.schema, payload)));
  } catch (error) {
    return `not decoded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function hide(schema: DescMessage, json: JsonValue): JsonValue {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const fields = new Map(schema.fields.map((field) => [field.jsonName, field]));
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, hideField(fields.get(name), value)]));
}

function hideField(field: DescField | undefined, value: JsonValue): JsonValue {
  if (field === undefined || getOption(field, sensitive)) return HIDDEN;
  const inner = field.message;
  if (inner === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => hide(inner, item));
  if (field.fieldKind !== "map") return hide(inner, value);
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hide(inner, item)]))
    : value;
}
