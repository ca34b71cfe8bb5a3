import type { MediaType } from "./api.ts";
import { checkSchema } from "./check-schema.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { ContractNode } from "./node.ts";

const mediaMembers = new Set(["schema", "example", "examples"]);

/** The schema of the one JSON media type under `content`. */
export function readBodySchema(
  node: ContractNode,
  allowed: readonly MediaType[],
): { mediaType: MediaType; schema: JsonObject } | undefined {
  const content = node.member("content");
  const media = content?.members() ?? [];
  const [only] = media;
  const mediaType = allowed.find((type) => type === only?.name);
  if (only === undefined || media.length > 1 || mediaType === undefined) {
    (content ?? node).refuse("This is not one JSON body.", `Say content with exactly one of ${allowed.join(", ")}.`);
    return undefined;
  }
  only.allowOnly("A body", mediaMembers, { encoding: "Bodies are JSON." });
  const schema = readSchema(only);
  return schema && { mediaType, schema };
}

/** The node's `schema`, checked. */
export function readSchema(node: ContractNode, check = checkSchema): JsonObject | undefined {
  const schema = node.member("schema");
  if (schema === undefined || !isObject(schema.value)) {
    (schema ?? node).refuse("The schema is missing.", "Add schema.");
    return undefined;
  }
  check(schema);
  return schema.value;
}
