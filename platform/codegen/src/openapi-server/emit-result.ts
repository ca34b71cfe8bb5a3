import type { Operation, ResponseHeader, ResponseSpec } from "../openapi/api.ts";
import { resultName } from "../openapi/generated-names.ts";
import { propertyName, quote } from "../text/quote.ts";
import { valueType } from "./value-types.ts";

/** The union of what an operation's handler may answer: statuses of the same shape share a member. */
export function emitResult(operation: Operation): string {
  const byShape = new Map<string, number[]>();
  for (const response of operation.responses) {
    const shape = shapeOf(operation, response);
    byShape.set(shape, [...(byShape.get(shape) ?? []), response.status]);
  }
  const members = [...byShape].map(([shape, statuses]) => `  | { readonly status: ${statuses.join(" | ")}${shape} }`);
  return `export type ${resultName(operation.id)} =\n${members.join("\n")};\n`;
}

function shapeOf(operation: Operation, response: ResponseSpec): string {
  const body = bodyType(operation, response);
  return `${headersType(response.headers)}; readonly body${body === undefined ? "?: never" : `: ${body}`}`;
}

function headersType(headers: readonly ResponseHeader[]): string {
  if (headers.length === 0) return "; readonly headers?: never";
  const members = headers.map(
    ({ name, required, schema }) => `readonly ${propertyName(name)}${required ? "" : "?"}: ${valueType(schema)}`,
  );
  const optional = headers.every(({ required }) => !required);
  return `; readonly headers${optional ? "?" : ""}: { ${members.join("; ")} }`;
}

function bodyType({ id }: Operation, { status, body }: ResponseSpec): string | undefined {
  if (body === undefined) return undefined;
  if (typeof body.schema.$ref === "string") return valueType(body.schema);
  return `Immutable<operations[${quote(id)}]["responses"][${status}]["content"][${quote(body.mediaType)}]>`;
}
