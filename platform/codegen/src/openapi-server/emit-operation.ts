import type { Api, Operation, Parameter, ResponseSpec } from "../openapi/api.ts";
import { inputName, resultName } from "../openapi/generated-names.ts";
import { literal } from "../text/literal.ts";
import { quote } from "../text/quote.ts";
import { type Guards, requestGuardName } from "./guards.ts";
import { principalType } from "./principal-type.ts";

/** One row of the served table. */
export function emitOperation(operation: Operation, guards: Guards): string {
  const { id, key, parameters, body } = operation;
  const [method = "", route = ""] = key.split(" ");
  const types = [inputName(id), principalType(operation), resultName(id)].join(", ");
  const lines = [
    `id: ${quote(id)}`,
    `method: ${quote(method)}`,
    `route: ${quote(route)}`,
    `policy: httpPolicies[${quote(key)}]`,
    ...emitParameters(parameters),
    ...(body === undefined ? [] : [`body: ${quote(body.required ? "required" : "optional")}`]),
    `request: guards.${requestGuardName(operation)}`,
    `answers: {\n${emitAnswers(operation, guards)}      }`,
    `handle: (input, call) => api.${id}(input, call)`,
  ];
  return `    operation<${types}>({\n${lines.map((line) => `      ${line},\n`).join("")}    }),\n`;
}

function emitParameters(parameters: readonly Parameter[]): readonly string[] {
  return (["path", "query", "header"] as const).flatMap((location) => {
    const own = parameters.filter((parameter) => parameter.in === location);
    return own.length === 0 ? [] : [`${location}: ${literal(own.map(parameterRow))}`];
  });
}

const parameterRow = ({ name, type, list, fallback }: Parameter) => ({
  name,
  type,
  ...(list && { list }),
  ...(fallback !== undefined && { fallback }),
});

/** Statuses of the same answer in one line. */
function emitAnswers(operation: Operation, guards: Guards): string {
  const byAnswer = Map.groupBy(operation.responses, (response) => guards.answerOf(response));
  return [...byAnswer]
    .map(([name, responses]) => `        ${responses.map(({ status }) => `${status}: ${name}`).join(", ")},\n`)
    .join("");
}

/** What is known of each different answer, once. */
export function emitAnswerSpecs(api: Api, guards: Guards): string {
  const responses = api.operations.flatMap((operation) => operation.responses);
  const byAnswer = new Map(responses.map((response) => [guards.answerOf(response), response]));
  return [...byAnswer].map(([name, response]) => `const ${name}: AnswerSpec = ${specOf(name, response)};\n`).join("");
}

function specOf(name: string, { body, headers }: ResponseSpec): string {
  const parts = [
    `guard: guards.${name}`,
    ...(body === undefined ? [] : [`mediaType: ${quote(body.mediaType)}`]),
    ...(headers.length === 0 ? [] : [`headers: ${literal(headers.map((header) => header.name))}`]),
  ];
  return `{ ${parts.join(", ")} }`;
}
