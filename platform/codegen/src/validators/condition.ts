import type { JsonObject } from "../openapi/json.ts";

/** if-then-else of JSON Schema. What `test` finds is never reported. */
export const condition = (test: JsonObject, met: JsonObject, otherwise: JsonObject): JsonObject => ({
  if: test,
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so, and a schema is never awaited
  then: met,
  else: otherwise,
});
