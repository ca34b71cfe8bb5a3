import type { Api, Operation } from "../openapi/api.ts";
import { apiName, inputName, resultName } from "../openapi/generated-names.ts";
import { fileHeader } from "../text/header.ts";
import { docComment, quote } from "../text/quote.ts";
import { emitInput } from "./emit-input.ts";
import { emitAnswerSpecs, emitOperation } from "./emit-operation.ts";
import { emitResult } from "./emit-result.ts";
import type { Guards } from "./guards.ts";
import { principalType } from "./principal-type.ts";

/** The text of `server.ts`: the types that handlers speak, the interface they implement, the table that is served. */
export function emitServer(api: Api, guards: Guards): string {
  return [
    fileHeader(api.file),
    imports(api),
    api.schemas.map((name) => `export type ${name} = Immutable<components["schemas"][${quote(name)}]>;\n`).join(""),
    ...api.operations.flatMap((operation) => [emitInput(operation), emitResult(operation)]),
    emitInterface(api),
    emitAnswerSpecs(api, guards),
    emitContract(api, guards),
  ].join("\n");
}

function imports(api: Api): string {
  const principals = new Set(api.operations.map(principalType).filter((name) => name !== "undefined"));
  const runtime = [
    "type AnswerSpec",
    "type Call",
    "type Contract",
    "type Immutable",
    "operation",
    ...[...principals].map((name) => `type ${name}`),
  ];
  const fromTypes = ["components", ...(usesOperations(api) ? ["operations"] : [])];
  return [
    `import { ${runtime.toSorted(byName).join(", ")} } from "@gantry/http/contract";`,
    `import { httpPolicies } from "../../policy/policy.ts";`,
    `import type { ${fromTypes.join(", ")} } from "./types.ts";`,
    `import * as guards from "./validators.ts";\n`,
  ].join("\n");
}

const byName = (a: string, b: string): number => a.replace("type ", "").localeCompare(b.replace("type ", ""));

/** Bodies that are no named schema are named through the operation. */
const usesOperations = (api: Api): boolean =>
  api.operations.some(({ body, responses }) =>
    [body?.schema, ...responses.map((response) => response.body?.schema)].some(
      (schema) => schema !== undefined && schema.$ref === undefined,
    ),
  );

function emitInterface(api: Api): string {
  const methods = api.operations.map((operation) => {
    const call = `Call<${principalType(operation)}>`;
    const result = resultName(operation.id);
    return `${doc(operation)}  ${operation.id}(input: ${inputName(operation.id)}, call: ${call}): ${result} | Promise<${result}>;\n`;
  });
  return `${docComment([`What implements ${api.file}: one function for each operation.`])}export interface ${apiName(api.service)} {\n${methods.join("\n")}}\n`;
}

function doc({ key, summary = "", policy }: Operation): string {
  const title = summary === "" || /[.!?]$/.test(summary.trim()) ? summary : `${summary.trim()}.`;
  return docComment(
    [title, `\`${key}\`: ${policy.auth}, ${policy.idempotency}, at most ${policy.deadlineMs} ms.`],
    "  ",
  );
}

function emitContract(api: Api, guards: Guards): string {
  const name = `${api.service.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Contract`;
  const operations = api.operations.map((operation) => emitOperation(operation, guards)).join("");
  return [
    docComment(["The contract with its implementation, ready to be served by a host of @gantry/http."]),
    `export const ${name} = (api: ${apiName(api.service)}): Contract => ({\n`,
    `  service: ${quote(api.service)},\n  operations: [\n${operations}  ],\n});\n`,
  ].join("");
}
