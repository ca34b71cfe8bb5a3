import type { Operation, Parameter } from "../openapi/api.ts";
import { inputName } from "../openapi/generated-names.ts";
import { propertyName, quote } from "../text/quote.ts";
import { valueType } from "./value-types.ts";

/** The interface of what an operation's handler receives. */
export function emitInput(operation: Operation): string {
  const groups = (["path", "query", "header"] as const).map((location) =>
    emitGroup(
      location,
      operation.parameters.filter((parameter) => parameter.in === location),
    ),
  );
  return `export interface ${inputName(operation.id)} {\n${groups.join("")}${emitBody(operation)}}\n`.replace(
    "{\n}",
    "{}",
  );
}

function emitGroup(location: string, parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "";
  const members = parameters.map(
    (parameter) => `    readonly ${memberName(parameter)}: ${valueType(parameter.schema)};\n`,
  );
  return `  readonly ${location}: {\n${members.join("")}  };\n`;
}

const memberName = ({ name, required, fallback }: Parameter): string =>
  `${propertyName(name)}${required || fallback !== undefined ? "" : "?"}`;

function emitBody({ id, body }: Operation): string {
  if (body === undefined) return "";
  const type =
    typeof body.schema.$ref === "string"
      ? valueType(body.schema)
      : `Immutable<NonNullable<operations[${quote(id)}]["requestBody"]>["content"]["application/json"]>`;
  return `  readonly body${body.required ? "" : "?"}: ${type};\n`;
}
