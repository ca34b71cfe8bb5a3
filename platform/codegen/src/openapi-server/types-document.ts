import { isObject, type Json, type JsonObject } from "../openapi/json.ts";

/** Members whose own members have names of the contract's choosing. */
const nameMaps = new Set([
  "paths",
  "properties",
  "schemas",
  "responses",
  "parameters",
  "headers",
  "content",
  "requestBodies",
]);

/** What says nothing about types. Examples may have any shape and any names, so no tool has to cope with them. */
const notes = new Set(["example", "examples", "externalDocs", "tags", "security", "securitySchemes", "servers"]);

/** The document with nothing but what its types depend on, and the descriptions. */
export const typesDocument = (document: JsonObject): JsonObject => ({
  ...membersOf(document),
  info: { title: "", version: "" },
});

function membersOf(node: JsonObject): JsonObject {
  const kept = Object.entries(node).filter(([name]) => !notes.has(name) && !name.startsWith("x-"));
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      nameMaps.has(name) && isObject(value) ? namedMembersOf(value) : stripped(value),
    ]),
  );
}

const namedMembersOf = (map: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, stripped(value)]));

function stripped(value: Json): Json {
  if (isObject(value)) return membersOf(value);
  return Array.isArray(value) ? value.map(stripped) : value;
}
