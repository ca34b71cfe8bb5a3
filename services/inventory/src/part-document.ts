import { create, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Category, CategorySchema, type Part, PartSchema } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";

/** How both stores keep a part: what the contract says about it in JSON, and beside it the stock. Why: decision 055. */
export interface StoredPart {
  readonly document: JsonObject;
  readonly stock: number;
}

export function toStored(part: Part): StoredPart {
  const document = toJson(PartSchema, create(PartSchema, { ...part, stock: 0 }));
  if (!isObject(document)) throw new TypeError("a message is an object in JSON");
  return { document, stock: part.stock };
}

/** Fields that a newer version wrote are left out, so that replicas of two versions can share a store. */
export function fromStored({ document, stock }: StoredPart): Part {
  return { ...fromJson(PartSchema, document, { ignoreUnknownFields: true }), stock };
}

/** A category as the document holds it. */
export const categoryName = (category: Category): string => CategorySchema.value[category]?.name ?? "";

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
