import type { Api, Operation, ResponseSpec } from "../openapi/api.ts";
import type { JsonObject } from "../openapi/json.ts";
import { capitalized, pascalCase } from "../text/words.ts";
import type { Guard } from "../validators/compile-guards.ts";
import { SchemaSet } from "../validators/schema-set.ts";

/** The guards of an API: one for each operation's input, one for each different shape of answer. */
export interface Guards {
  readonly requests: readonly (Guard & { readonly operation: Operation })[];
  readonly answers: readonly Guard[];
  readonly definitions: ReadonlyMap<string, JsonObject>;
  /** The name of the guard of a response. Responses that differ in anything have different ones. */
  answerOf(response: ResponseSpec): string;
}

export const requestGuardName = ({ id }: Operation): string => `${id}Request`;

export function guardsOf(api: Api): Guards {
  const schemas = new SchemaSet(api.root);
  const answers = new Map<string, Guard>();
  const byResponse = new Map<ResponseSpec, string>();
  for (const operation of api.operations) {
    for (const response of operation.responses) {
      const schema = answerSchema(response, schemas);
      const key = JSON.stringify([schema, response.body?.mediaType]);
      const guard = answers.get(key) ?? { name: freeName(operation, response, [...answers.values()]), schema };
      answers.set(key, guard);
      byResponse.set(response, guard.name);
    }
  }
  const requests = api.operations.map((operation) => ({
    name: requestGuardName(operation),
    schema: requestSchema(operation, schemas),
    operation,
  }));
  return {
    requests,
    answers: [...answers.values()],
    definitions: schemas.definitions,
    answerOf: (response) => byResponse.get(response) ?? "",
  };
}

/** The whole input as one object, so that a problem's place reads `/query/page_size`. */
function requestSchema(operation: Operation, schemas: SchemaSet): JsonObject {
  const { parameters, body } = operation;
  const groups = (["path", "query", "header"] as const).flatMap((location) => {
    const own = parameters.filter((parameter) => parameter.in === location);
    return own.length === 0 ? [] : [[location, group(own, schemas)] as const];
  });
  const properties = { ...Object.fromEntries(groups), ...(body && { body: schemas.prepare(body.schema, "request") }) };
  const required = [...groups.map(([location]) => location), ...(body?.required ? ["body"] : [])];
  return { type: "object", required, properties };
}

function group(parameters: Operation["parameters"], schemas: SchemaSet): JsonObject {
  return {
    type: "object",
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schemas.prepare(schema, "request")])),
  };
}

/** What a handler returns for a status, without the status. */
function answerSchema(response: ResponseSpec, schemas: SchemaSet): JsonObject {
  const { body, headers } = response;
  const required = headers.filter((header) => header.required).map(({ name }) => name);
  return {
    type: "object",
    required: [...(body ? ["body"] : []), ...(required.length > 0 ? ["headers"] : [])],
    properties: {
      body: body ? schemas.prepare(body.schema, "answer") : false,
      headers: {
        type: "object",
        required,
        properties: Object.fromEntries(headers.map(({ name, schema }) => [name, schemas.prepare(schema, "answer")])),
        additionalProperties: false,
      },
    },
  };
}

/** Named after what it accepts, `answerOrderWithLocation`; after the operation where that says nothing or is taken. */
function freeName({ id }: Operation, { status, body, headers }: ResponseSpec, taken: readonly Guard[]): string {
  const ref = body?.schema.$ref;
  const own = `answer${capitalized(id)}${status}`;
  if (body !== undefined && typeof ref !== "string") return own;
  const what = typeof ref === "string" ? ref.slice(ref.lastIndexOf("/") + 1) : "Nothing";
  const names = headers.map(({ name }) => pascalCase(name)).join("And");
  const name = `answer${what}${names && `With${names}`}`;
  return taken.some((guard) => guard.name === name) ? own : name;
}
