import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { parse } from "yaml";

export type JsonMap = { readonly [key: string]: unknown };

/** contracts/order.openapi.yaml as plain values. */
export const document: JsonMap = map(
  parse(readFileSync(new URL("../../contracts/order.openapi.yaml", import.meta.url), "utf8")),
);

export function map(value: unknown): JsonMap {
  if (typeof value !== "object" || value === null) throw new Error(`${JSON.stringify(value)} is no object.`);
  return Object.fromEntries(Object.entries(value));
}

/** The members of an object that may be missing. */
export const entries = (value: unknown): [string, JsonMap][] =>
  Object.entries(value === undefined ? {} : map(value)).map(([key, member]) => [key, map(member)]);

/** Follows a `$ref` inside the document. */
export function resolved(value: unknown): JsonMap {
  const { $ref, ...rest } = map(value);
  if (typeof $ref !== "string") return map(value);
  const target = $ref
    .slice(2)
    .split("/")
    .reduce<unknown>((at, key) => map(at)[key], document);
  return { ...resolved(target), ...rest };
}

export interface Operation {
  readonly id: string;
  readonly content: JsonMap;
  readonly responses: readonly { readonly status: string; readonly content: JsonMap }[];
}

export const operations: readonly Operation[] = entries(document.paths).flatMap(([, item]) =>
  entries(item).map(([, content]) => ({
    id: String(content.operationId),
    content,
    responses: entries(content.responses).map(([status, response]) => ({ status, content: resolved(response) })),
  })),
);

export interface Example {
  readonly name: string;
  readonly schema: unknown;
  readonly value: unknown;
}

/** The examples of a request body or a response, each with the schema it has to match. */
export const examplesOf = (body: unknown): Example[] =>
  entries(body === undefined ? undefined : resolved(body).content).flatMap(([, { schema, examples }]) =>
    entries(examples).map(([name, example]) => ({ name, schema, value: resolved(example).value })),
  );

/** Every answer of every operation, by operation and status. */
export const responses = operations.flatMap(({ id, responses: answers }) =>
  answers.map(({ status, content }) => ({ name: `${id} ${status}`, status: Number(status), content })),
);

/** Every example of a problem document, with the answer it belongs to. Its name is its code. */
export const problems = responses.flatMap(({ name, status, content }) =>
  status < 400 ? [] : examplesOf(content).map((example) => ({ ...example, answer: name, status })),
);

const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
ajv.addSchema({ $id: "doc", ...document });

/** A validator of a schema that stands in the document: its references are to the document. */
export const validatorOf = (schema: unknown): ValidateFunction =>
  ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')));

/** What is wrong with a value, and the value. Empty when nothing is. */
export const errors = (validate: ValidateFunction, value: unknown): unknown[] =>
  validate(value) ? [] : [validate.errors, value];
