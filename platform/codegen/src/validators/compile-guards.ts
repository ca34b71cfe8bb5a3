import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import ajvFormats from "ajv-formats";
import type { JsonObject } from "../openapi/json.ts";
import { contradiction } from "./contradiction.ts";
import { tidyCode } from "./tidy-code.ts";

/** A validator to be made: what it is called in the generated module and what it accepts. */
export interface Guard {
  readonly name: string;
  readonly schema: JsonObject;
}

/**
 * Compiles guards with Ajv (JSON Schema 2020-12) into one ES module without a start-up cost. Strings are measured in code
 * points and patterns read with the flag `u`, as the specification says; every problem is reported, up to a bound.
 * @param definitions the schemas that guards refer to by name
 */
export function compileGuards(guards: readonly Guard[], definitions: ReadonlyMap<string, JsonObject>): string {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    strictNumbers: true,
    inlineRefs: false,
    unicodeRegExp: true,
    logger: false,
    code: { source: true, esm: true, lines: true },
  });
  ajvFormats.default(ajv);
  ajv.addKeyword(contradiction);
  for (const [id, schema] of definitions) ajv.addSchema(schema, id, undefined, false);
  for (const { name, schema } of guards) ajv.addSchema(schema, name, undefined, false);
  const code = standalone.default(ajv, Object.fromEntries(guards.map(({ name }) => [name, name])));
  return tidyCode(code, functionNames(ajv, [...guards.map(({ name }) => name), ...definitions.keys()]));
}

/** The function behind a guard. An underscore is in no name of a contract, so these collide with nothing. */
export const guardFunction = (name: string): string => `guard_${name}`;

/** What Ajv called the function of each schema, and what it is to be called: `Uuid.request` becomes `check_Uuid_request`. */
function functionNames(ajv: Ajv2020, ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    ids.map((id) => {
      const [name = "", role] = id.split(".");
      const called = role === undefined ? guardFunction(name) : `check_${name}_${role}`;
      return [String(ajv.getSchema(id)?.source?.validateName), called];
    }),
  );
}
