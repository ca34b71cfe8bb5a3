import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { JsonObject } from "../openapi/json.ts";
import { commentOf } from "../proto/comment-of.ts";

/** JSON Schemas of messages in their proto3 JSON form, by full name; each message and enum once. */
export class PayloadSchemas {
  readonly #schemas = new Map<string, JsonObject>();

  get definitions(): Readonly<Record<string, JsonObject>> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A reference to the schema of a message, which is added with everything it holds. */
  reference(message: DescMessage): JsonObject {
    const wellKnown = wellKnownSchemas[message.typeName];
    if (wellKnown !== undefined) return wellKnown;
    if (!this.#schemas.has(message.typeName)) {
      this.#schemas.set(message.typeName, {});
      this.#schemas.set(message.typeName, this.#objectSchema(message));
    }
    return { $ref: `#/components/schemas/${message.typeName}` };
  }

  #objectSchema(message: DescMessage): JsonObject {
    const fields = message.fields.map((field) => [
      field.jsonName,
      { ...described(field), ...this.#fieldSchema(field) },
    ]);
    return { type: "object", ...described(message), properties: Object.fromEntries(fields) };
  }

  #fieldSchema(field: DescField): JsonObject {
    switch (field.fieldKind) {
      case "list":
        return { type: "array", items: this.#itemSchema(field) };
      case "map":
        return { type: "object", additionalProperties: this.#mapValueSchema(field) };
      case "message":
        return this.reference(field.message);
      case "enum":
        return this.#enumReference(field.enum);
      case "scalar":
        return scalarSchema(field.scalar);
    }
  }

  #itemSchema(field: DescField & { readonly fieldKind: "list" }): JsonObject {
    if (field.listKind === "message") return this.reference(field.message);
    return field.listKind === "enum" ? this.#enumReference(field.enum) : scalarSchema(field.scalar);
  }

  #mapValueSchema(field: DescField & { readonly fieldKind: "map" }): JsonObject {
    if (field.mapKind === "message") return this.reference(field.message);
    return field.mapKind === "enum" ? this.#enumReference(field.enum) : scalarSchema(field.scalar);
  }

  #enumReference(desc: DescEnum): JsonObject {
    const values = desc.values.map(({ name }) => name);
    this.#schemas.set(desc.typeName, { type: "string", ...described(desc), enum: values });
    return { $ref: `#/components/schemas/${desc.typeName}` };
  }
}

/** Messages that proto3 JSON writes in a way of their own. */
const wellKnownSchemas: Readonly<Record<string, JsonObject>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]+)?s$" },
};

/** 64-bit numbers are texts in proto3 JSON. */
function scalarSchema(scalar: ScalarType): JsonObject {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: "number" };
    case ScalarType.INT32:
    case ScalarType.UINT32:
    case ScalarType.SINT32:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return { type: "integer" };
    default:
      return { type: "string", pattern: "^-?[0-9]+$" };
  }
}

function described(desc: DescMessage | DescField | DescEnum): JsonObject {
  const description = commentOf(desc);
  return description ? { description } : {};
}
