import type { Api } from "../openapi/api.ts";
import { inputName } from "../openapi/generated-names.ts";
import { fileHeader } from "../text/header.ts";
import { compileGuards, guardFunction } from "../validators/compile-guards.ts";
import type { Guards } from "./guards.ts";

/** The text of `validators.ts`: typed guards in front, Ajv's code behind them. */
export function emitValidators(api: Api, guards: Guards): string {
  const inputs = guards.requests.map(({ operation }) => inputName(operation.id)).toSorted();
  const code = compileGuards([...guards.requests, ...guards.answers], guards.definitions);
  const [imports = "", ...rest] = code.split("\n\n");
  return [
    fileHeader(api.file),
    "// @ts-nocheck: the functions are Ajv's output, plain JavaScript. The exported guards have types.\n",
    `import type { Guard } from "@gantry/http/contract";\n`,
    imports === "" ? "" : `${imports}\n`,
    `import type { ${inputs.join(", ")} } from "./server.ts";\n\n`,
    ...guards.requests.map(
      ({ name, operation }) => `export const ${name}: Guard<${inputName(operation.id)}> = ${guardFunction(name)};\n`,
    ),
    "\n",
    ...guards.answers.map(({ name }) => `export const ${name}: Guard<unknown> = ${guardFunction(name)};\n`),
    "\n",
    rest.join("\n\n"),
  ].join("");
}
