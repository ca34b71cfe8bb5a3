import { statusTable } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import {
  document,
  entries,
  errors,
  examplesOf,
  type JsonMap,
  map,
  operations,
  problems,
  resolved,
  responses,
  validatorOf,
} from "./openapi-document.ts";
import { testdata } from "./testdata.ts";

test("the operations are those of the design", () => {
  expect(operations.map(({ id }) => id)).toEqual([
    "createOrder",
    "listOrders",
    "getOrder",
    "getOrderHistory",
    "payOrder",
    "cancelOrder",
  ]);
});

describe("operations", () => {
  test.each(operations)("$id: has a policy, and is retried only when a repeat is harmless", ({ content }) => {
    expect(content["x-gantry-policy"]).toMatchObject({
      auth: "SESSION",
      deadline_ms: expect.any(Number),
      idempotency: expect.stringMatching(/^(KEYED|NO_SIDE_EFFECTS)$/),
      retry: { attempts: expect.any(Number) },
      rate: { per: "USER" },
    });
  });

  test.each(operations)("$id: names what every operation can answer", ({ responses }) => {
    const common = ["400", "401", "403", "429", "500", "503", "504"];
    expect(responses.map(({ status }) => status)).toEqual(expect.arrayContaining(common));
  });

  test.each(operations.filter(({ content }) => content.requestBody))("$id: names what is wrong with bodies", (op) => {
    expect(op.responses.map(({ status }) => status)).toEqual(expect.arrayContaining(["413", "415"]));
  });

  test.each(operations.filter(({ content }) => content.requestBody))("$id: its example bodies are valid", (op) => {
    const examples = examplesOf(op.content.requestBody);
    expect(examples.length).toBeGreaterThan(0);
    for (const { schema, value } of examples) expect(errors(validatorOf(schema), value)).toEqual([]);
  });
});

describe("answers", () => {
  test.each(responses.filter(({ status }) => status >= 400))("$name is a problem document", ({ content }) => {
    expect(entries(content.content)).toMatchObject([
      ["application/problem+json", { schema: { $ref: "#/components/schemas/Problem" } }],
    ]);
  });

  test.each(responses.filter(({ status }) => status !== 204))(
    "$name has examples, and they are valid",
    ({ content }) => {
      const examples = examplesOf(content);
      expect(examples.length).toBeGreaterThan(0);
      for (const { schema, value } of examples) expect(errors(validatorOf(schema), value)).toEqual([]);
    },
  );

  test.each(problems)("$answer: $name is named after its code, type, status and title", ({ name, status, value }) => {
    const titles = Object.values(statusTable).flatMap((row) => (row.httpStatus === status ? [row.title] : []));
    expect(value).toMatchObject({ code: name, type: `urn:gantry:order:${kebab(name)}`, status, title: titles[0] });
  });
});

interface RequestGolden {
  readonly operation: string;
  readonly accepted: readonly { readonly name: string; readonly body: unknown }[];
  readonly refused: readonly { readonly name: string; readonly body: unknown }[];
}

describe.each(testdata<RequestGolden>("requests/http"))("contracts/testdata/$file", ({ content: golden }) => {
  const operation = operations.find(({ id }) => id === golden.operation);
  const [media] = entries(map(operation?.content.requestBody).content).map(([, content]) => content);
  const accepts = validatorOf(media?.schema);

  test.for(golden.accepted)("accepts $name", ({ body }) => {
    expect(errors(accepts, body)).toEqual([]);
  });

  test.for(golden.refused)("refuses $name", ({ body }) => {
    expect(accepts(body)).toBe(false);
  });
});

describe("schemas", () => {
  const schemas = entries(map(document.components).schemas).flatMap(([name, schema]) => nested(name, schema));
  const parameters = operations.flatMap(({ id, content }) =>
    Object.values(map(content.parameters ?? {})).map((parameter): [string, JsonMap] => {
      const { name, schema } = resolved(parameter);
      return [`${id} ${name}`, resolved(schema)];
    }),
  );

  test.each([...schemas, ...parameters])("%s is bounded", (_name, schema) => {
    expect(missingBounds(schema)).toEqual([]);
  });

  const requests = ["CreateOrderByParts", "CreateOrderByItems", "CreateOrderItem", "PayOrderRequest"];
  test.each(requests)("%s takes no member that it does not name", (name) => {
    expect(resolved({ $ref: `#/components/schemas/${name}` }).additionalProperties).toBe(false);
  });
});

/** A schema and those inside it that have no name of their own. */
function nested(name: string, schema: JsonMap): [string, JsonMap][] {
  const inside = [
    ...entries(schema.properties).map(([key, member]): [string, JsonMap] => [`${name}.${key}`, member]),
    ...["items", "additionalProperties", "propertyNames"].flatMap((key): [string, JsonMap][] =>
      typeof schema[key] === "object" ? [[`${name} ${key}`, map(schema[key])]] : [],
    ),
  ];
  return [[name, schema], ...inside.flatMap(([key, member]) => ("$ref" in member ? [] : nested(key, member)))];
}

function missingBounds(schema: JsonMap): string[] {
  const bounds: Record<string, string[]> = {
    string: ["maxLength"],
    integer: ["minimum", "maximum"],
    number: ["minimum", "maximum"],
    array: ["minItems", "maxItems"],
    object: schema.properties === undefined ? ["maxProperties"] : [],
  };
  return (bounds[String(schema.type)] ?? []).filter((bound) => schema[bound] === undefined);
}

const kebab = (code: string): string => code.toLowerCase().replaceAll("_", "-");
