import { describe, expect, test } from "vitest";
import { readApi } from "../src/openapi/read-api.ts";
import { generateOpenApi } from "../src/openapi-server/plugin.ts";
import { ContractRefused } from "../src/refusal/problems.ts";

const base = `openapi: 3.1.0
info: { title: Toys, version: 1.0.0 }
servers: [{ url: /api/v1 }]
paths:
  /toys/{toy_id}:
    put:
      operationId: putToy
      x-gantry-policy:
        auth: SESSION
        deadline_ms: 1000
        idempotency: KEYED
      parameters:
        - name: toy_id
          in: path
          required: true
          schema: { type: string, maxLength: 9 }
        - name: colour
          in: query
          schema: { type: string, maxLength: 9 }
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Toy" }
      responses:
        "200":
          description: Put.
          headers:
            X-Count: { schema: { type: integer } }
          content:
            application/json:
              schema: { $ref: "#/components/schemas/Toy" }
        "400": { $ref: "#/components/responses/Problem" }
        "401": { $ref: "#/components/responses/Problem" }
        "403": { $ref: "#/components/responses/Problem" }
        "413": { $ref: "#/components/responses/Problem" }
        "415": { $ref: "#/components/responses/Problem" }
        "500": { $ref: "#/components/responses/Problem" }
        "504": { $ref: "#/components/responses/Problem" }
components:
  responses:
    Problem:
      description: A problem.
      content: { application/problem+json: { schema: { type: object } } }
  schemas:
    Toy:
      type: object
      required: [name]
      properties:
        name: { type: string, maxLength: 9 }
        size: { type: integer }
`;

interface Case {
  readonly name: string;
  /** What of the base is replaced … */
  readonly find: string;
  /** … by what. */
  readonly by: string;
  /** Text on the line that is to be blamed. */
  readonly at: string;
  readonly says: string;
}

const policyLines = "        auth: SESSION\n        deadline_ms: 1000\n        idempotency: KEYED\n";
const inPolicy = (by: string): Pick<Case, "find" | "by"> => ({ find: policyLines, by });
const forOrder = policyLines.replace("SESSION", "SERVICE\n        callers: [order]");
const seventeen = Array.from({ length: 17 }, (_, index) => `caller-${index}`).join(", ");
const inOperation = (by: string): Pick<Case, "find" | "by"> => ({
  find: "      operationId: putToy\n",
  by: `      operationId: putToy\n${by}`,
});
const inSchema = (by: string): Pick<Case, "find" | "by"> => ({
  find: "        size: { type: integer }",
  by: `        size: ${by}`,
});

const cases: readonly Case[] = [
  { name: "OpenAPI 3.0", find: "openapi: 3.1.0", by: "openapi: 3.0.3", at: "3.0.3", says: "This is not OpenAPI 3.1." },
  {
    name: "a prefix with a host",
    find: "url: /api/v1",
    by: "url: https://toys.example",
    at: "servers:",
    says: "no single path prefix",
  },
  {
    name: "two prefixes",
    find: "[{ url: /api/v1 }]",
    by: "[{ url: /a }, { url: /b }]",
    at: "servers:",
    says: "no single path prefix",
  },
  {
    name: "webhooks",
    find: "components:",
    by: "webhooks: {}\ncomponents:",
    at: "webhooks",
    says: "Publish an event instead.",
  },
  {
    name: "a member nobody knows",
    find: "info:",
    by: "colour: red\ninfo:",
    at: "colour: red",
    says: '"colour" cannot be generated',
  },

  {
    name: "an operation without policy",
    find: `      x-gantry-policy:\n${policyLines}`,
    by: "",
    at: "    put:",
    says: "The operation has no policy. Add x-gantry-policy",
  },
  {
    name: "a policy that is a text",
    find: `x-gantry-policy:\n${policyLines}`,
    by: "x-gantry-policy: open\n",
    at: "policy: open",
    says: "The operation has no policy.",
  },
  {
    name: "a policy without auth",
    ...inPolicy("        deadline_ms: 1000\n        idempotency: KEYED\n"),
    at: "x-gantry-policy",
    says: "auth is not stated. Say one of PUBLIC, SESSION, SERVICE.",
  },
  {
    name: "an auth that is none",
    ...inPolicy(policyLines.replace("SESSION", "AUTH_UNSPECIFIED")),
    at: "x-gantry-policy",
    says: 'auth is "AUTH_UNSPECIFIED"',
  },
  {
    name: "an auth that every object has",
    ...inPolicy(policyLines.replace("SESSION", "constructor")),
    at: "x-gantry-policy",
    says: 'auth is "constructor"',
  },
  {
    name: "no deadline",
    ...inPolicy("        auth: SESSION\n        idempotency: KEYED\n"),
    at: "x-gantry-policy",
    says: "deadline_ms is not stated. Say a whole number from 1 to 300000.",
  },
  {
    name: "a deadline of six minutes",
    ...inPolicy(policyLines.replace("1000", "360000")),
    at: "x-gantry-policy",
    says: "deadline_ms is 360000",
  },
  {
    name: "no idempotency",
    ...inPolicy("        auth: SESSION\n        deadline_ms: 1000\n"),
    at: "x-gantry-policy",
    says: "idempotency is not stated",
  },
  {
    name: "a retry of what is not idempotent",
    ...inPolicy(policyLines.replace("KEYED", "NONE\n        retry: { attempts: 3 }")),
    at: "x-gantry-policy",
    says: "A retry repeats what is not idempotent.",
  },
  {
    name: "six attempts",
    ...inPolicy(`${policyLines}        retry: { attempts: 6 }\n`),
    at: "x-gantry-policy",
    says: "attempts is 6",
  },
  {
    name: "a rate without burst",
    ...inPolicy(`${policyLines}        rate: { per_second: 1, per: USER }\n`),
    at: "x-gantry-policy",
    says: "burst is not stated",
  },
  {
    name: "a rate per user without users",
    ...inPolicy(`${forOrder}        rate: { per_second: 1, burst: 1, per: USER }\n`),
    at: "x-gantry-policy",
    says: "SERVICE has no user",
  },
  {
    name: "an operation for services that names none",
    ...inPolicy(policyLines.replace("SESSION", "SERVICE")),
    at: "x-gantry-policy",
    says: "The policy's callers is not stated. List the services that may call the operation.",
  },
  {
    name: "callers where people call",
    ...inPolicy(`${policyLines}        callers: [order]\n`),
    at: "x-gantry-policy",
    says: "SESSION asks for no service, so callers means nothing.",
  },
  {
    name: "callers where everyone may",
    ...inPolicy(forOrder.replace("SERVICE", "PUBLIC")),
    at: "x-gantry-policy",
    says: "PUBLIC asks for no service, so callers means nothing.",
  },
  ...["order", "[Order]", "[order, order]", "['']", "[7]", "['*']", `[${seventeen}]`].map((callers) => ({
    name: `callers that are ${callers}`,
    ...inPolicy(forOrder.replace("[order]", callers)),
    at: "x-gantry-policy",
    says: "List 1 to 16 services, each once: lower-case letters, digits and dashes.",
  })),
  {
    name: "a slip in a policy",
    ...inPolicy(`${policyLines}        deadline: 5\n`),
    at: "x-gantry-policy",
    says: 'A policy has no "deadline".',
  },

  { name: "no operationId", find: "      operationId: putToy\n", by: "", at: "    put:", says: "no operationId" },
  {
    name: "an operationId that is no name",
    find: "putToy",
    by: "'put toy'",
    at: "put toy",
    says: "cannot be generated",
  },
  {
    name: "an operationId that every object has",
    find: "putToy",
    by: "constructor",
    at: "constructor",
    says: 'Every JavaScript object has a "constructor".',
  },
  { name: "callbacks", ...inOperation("      callbacks: {}\n"), at: "callbacks", says: "Publish an event instead." },
  {
    name: "servers of an operation",
    ...inOperation("      servers: []\n"),
    at: "      servers",
    says: "State them at the top.",
  },
  {
    name: "a method that cannot be served",
    find: "    put:",
    by: "    trace: {}\n    put:",
    at: "trace",
    says: '"trace" cannot be generated',
  },
  {
    name: "parameters of a path",
    find: "    put:",
    by: "    parameters: []\n    put:",
    at: "parameters: []",
    says: "State them for each operation.",
  },
  {
    name: "a path that cannot be routed",
    find: "/toys/{toy_id}:",
    by: "'/toys/:toy_id':",
    at: "/toys/",
    says: "cannot be routed",
  },
  {
    name: "no responses",
    find: / {6}responses:[\s\S]*?(?=components:)/.exec(base)?.[0] ?? "",
    by: "",
    at: "    put:",
    says: "The operation has no responses.",
  },

  {
    name: "a cookie",
    find: "in: query",
    by: "in: cookie",
    at: "name: colour",
    says: 'Parameters in "cookie" cannot be generated.',
  },
  {
    name: "a path parameter that is not in the path",
    find: "/toys/{toy_id}:",
    by: "/toys:",
    at: "    put:",
    says: "toy_id is not in the path.",
  },
  {
    name: "a path with an undeclared parameter",
    find: "/toys/{toy_id}:",
    by: "/toys/{toy_id}/{part}:",
    at: "    put:",
    says: "The path's part is not declared.",
  },
  {
    name: "a path parameter that may be left out",
    find: "          required: true\n          schema",
    by: "          schema",
    at: "name: toy_id",
    says: "A path parameter is always there.",
  },
  {
    name: "a parameter declared twice",
    find: "- name: colour\n          in: query",
    by: "- name: toy_id\n          in: path\n          required: true",
    at: "    put:",
    says: "declared twice",
  },
  {
    name: "an object as parameter",
    find: "schema: { type: string, maxLength: 9 }\n      requestBody",
    by: "schema: { type: object }\n      requestBody",
    at: "schema: { type: object }",
    says: "no single plain type",
  },
  {
    name: "a parameter style",
    find: "in: query",
    by: "in: query\n          style: pipeDelimited",
    at: "name: colour",
    says: "Use form.",
  },
  {
    name: "a comma-separated list",
    find: "in: query",
    by: "in: query\n          explode: false",
    at: "explode",
    says: "Leave explode out.",
  },
  {
    name: "a parameter that is a JSON text",
    find: "in: query\n          schema: { type: string, maxLength: 9 }",
    by: "in: query\n          content: {}",
    at: "content: {}",
    says: "Use schema.",
  },
  {
    name: "a required parameter with a default",
    find: "in: query\n          schema: { type: string",
    by: "in: query\n          required: true\n          schema: { default: red, type: string",
    at: "name: colour",
    says: "A required parameter has no default.",
  },
  {
    name: "a default of the wrong kind",
    find: "in: query\n          schema: { type: string",
    by: "in: query\n          schema: { default: [red], type: string",
    at: "default: [red]",
    says: "The default does not fit",
  },
  {
    name: "the host's own header as parameter",
    find: "name: colour\n          in: query",
    by: "name: Content-Type\n          in: header",
    at: "Content-Type",
    says: "Content-Type is no parameter.",
  },

  {
    name: "a body that is no JSON",
    find: "          application/json:\n            schema",
    by: "          text/plain:\n            schema",
    at: "        content:",
    says: "exactly one of application/json",
  },
  {
    name: "two media types",
    find: "          application/json:\n            schema",
    by: "          text/plain: {}\n          application/json:\n            schema",
    at: "        content:",
    says: "exactly one of application/json",
  },
  { name: "the body of a GET", find: "    put:", by: "    get:", at: "requestBody", says: "A GET has no body." },
  { name: "a default response", find: '"200":', by: "default:", at: "default:", says: "Name every status on its own" },
  { name: "a range of statuses", find: '"200":', by: '"2XX":', at: "2XX", says: "Name every status on its own" },
  {
    name: "a status that the server answers and nobody declares",
    find: '        "413": { $ref: "#/components/responses/Problem" }\n',
    by: "",
    at: "      responses:",
    says: "putToy can answer 413: its body is limited. Declare 413.",
  },
  {
    name: "a problem that is none",
    find: '"400": { $ref: "#/components/responses/Problem" }',
    by: '"400": { description: Bad }',
    at: "      responses:",
    says: "400 of putToy is no problem document.",
  },
  {
    name: "links",
    find: "          description: Put.",
    by: "          links: {}\n          description: Put.",
    at: "links",
    says: "Say it in the description.",
  },
  {
    name: "a header that the host writes",
    find: "X-Count:",
    by: "Content-Length:",
    at: "Content-Length",
    says: "Content-Length is set by the host.",
  },
  { name: "a header that is no name", find: "X-Count:", by: '"X Count":', at: "X Count", says: "cannot be generated" },

  {
    name: "a reference out of the document",
    ...inSchema("{ $ref: 'https://evil.example/x.yaml#/a' }"),
    at: "evil.example",
    says: "This $ref leads to no schema.",
  },
  {
    name: "a reference to another file",
    find: '"400": { $ref: "#/components/responses/Problem" }',
    by: '"400": { $ref: "other.yaml#/Problem" }',
    at: "other.yaml",
    says: "leaves the document",
  },
  {
    name: "a reference to nowhere",
    ...inSchema('{ $ref: "#/components/schemas/Nothing" }'),
    at: "Nothing",
    says: "leads nowhere",
  },
  {
    name: "a reference in a circle",
    find: "    Problem:\n      description: A problem.\n      content: { application/problem+json: { schema: { type: object } } }",
    by: '    Problem: { $ref: "#/components/responses/Problem" }',
    at: '"400":',
    says: "leads in a circle",
  },
  {
    name: "rules beside a reference",
    ...inSchema('{ $ref: "#/components/schemas/Toy", maxLength: 5 }'),
    at: "maxLength: 5",
    says: "beside $ref is lost in the types",
  },
  {
    name: "a discriminator",
    ...inSchema("{ type: object, discriminator: { propertyName: a } }"),
    at: "discriminator",
    says: "Use oneOf with a property that only one branch has",
  },
  {
    name: "nullable",
    ...inSchema("{ type: string, nullable: true }"),
    at: "nullable",
    says: 'Say type: [string, "null"].',
  },
  { name: "a condition", ...inSchema("{ type: object, if: {} }"), at: "if: {}", says: "Use oneOf." },
  {
    name: "readOnly",
    ...inSchema("{ type: string, readOnly: true }"),
    at: "readOnly",
    says: "Use one schema for requests and another for answers.",
  },
  {
    name: "a default inside a body",
    ...inSchema("{ type: integer, default: 5 }"),
    at: "default: 5",
    says: "Only a parameter's own schema has a default.",
  },
  {
    name: "an unknown format",
    ...inSchema("{ type: string, format: colour }"),
    at: "format: colour",
    says: 'The format "colour" is unknown.',
  },
  { name: "an unknown type", ...inSchema("{ type: money }"), at: "type: money", says: '"money" is no type.' },
  {
    name: "a rule without its type",
    ...inSchema("{ pattern: '^a$', maxLength: 3 }"),
    at: "pattern",
    says: "maxLength, pattern without type string checks nothing.",
  },
  {
    name: "a pattern that is none",
    ...inSchema("{ type: string, maxLength: 9, pattern: '(' }"),
    at: "pattern",
    says: "no regular expression",
  },
  {
    name: "a pattern without a bound",
    ...inSchema("{ type: string, pattern: '^a$' }"),
    at: "pattern",
    says: "Add maxLength.",
  },
  {
    name: "unique items without a bound",
    ...inSchema("{ type: array, uniqueItems: true, items: { type: string } }"),
    at: "uniqueItems",
    says: "Add maxItems.",
  },
  {
    name: "an enum of objects",
    ...inSchema("{ enum: [{}] }"),
    at: "enum",
    says: "An enum of objects cannot be generated.",
  },
  {
    name: "a required member that is none",
    find: "required: [name]",
    by: "required: [name, nmae]",
    at: "nmae",
    says: '"nmae" is required but no property.',
  },
  {
    name: "a member that every object has",
    find: "        size:",
    by: "        constructor:",
    at: "constructor",
    says: 'Every JavaScript object has a "constructor".',
  },
  {
    name: "a schema with the name of generated code",
    find: "    Toy:",
    by: "    PutToyInput: { type: string }\n    Toy:",
    at: "PutToyInput",
    says: "The generated code has a PutToyInput of its own.",
  },
  {
    name: "a schema that is no name",
    find: "    Toy:",
    by: "    small toy: { type: string }\n    Toy:",
    at: "small toy",
    says: "cannot be generated",
  },
  {
    name: "component callbacks",
    find: "  schemas:\n",
    by: "  callbacks: {}\n  schemas:\n",
    at: "callbacks",
    says: "Publish an event instead.",
  },

  {
    name: "a YAML alias",
    find: "info: { title: Toys",
    by: "info: &info { title: Toys, x-again: *info",
    at: "info:",
    says: "aliases are not supported",
  },
  {
    name: "a key given twice",
    find: "info:",
    by: "openapi: 3.1.0\ninfo:",
    at: "openapi",
    says: "Map keys must be unique",
  },
  { name: "broken YAML", find: "info: {", by: "info: [{", at: "servers:", says: "Correct the YAML." },
  {
    name: "a tag of another language",
    find: "title: Toys",
    by: "title: !!js/function 'Toys'",
    at: "title",
    says: "Correct the YAML.",
  },
];

function refusalOf(text: string, file = "contracts/toys.openapi.yaml"): string {
  try {
    readApi(file, text);
  } catch (error) {
    if (error instanceof ContractRefused) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("the base is taken", async () => {
  expect(await generateOpenApi(readApi("contracts/toys.openapi.yaml", base))).toHaveLength(4);
});

describe("refused, with file, line and advice, is", () => {
  test.each(cases)("$name", ({ find, by, at, says }) => {
    expect(base.split(find), "what is replaced must be there once").toHaveLength(2);
    const text = base.replace(find, () => by);
    const refusals = refusalOf(text).split("\n");
    const about = refusals.find((refusal) => refusal.includes(says)) ?? refusals.join("\n");
    expect(about).toContain(says);
    const line = Number(/^contracts\/toys\.openapi\.yaml:(\d+):\d+: /.exec(about)?.[1]);
    expect(text.split("\n")[line - 1]).toContain(at);
  });

  test("a file name that names no service", () => {
    expect(refusalOf(base, "contracts/Toys!.openapi.yaml")).toContain("Call it <service>.openapi.yaml.");
  });

  test("everything at once, in the order of lines", () => {
    const text = base
      .replace("deadline_ms: 1000", "deadline_ms: 0")
      .replace("in: query", "in: cookie")
      .replace("type: integer }\n", "type: money }\n");
    const lines = refusalOf(text)
      .split("\n")
      .map((refusal) => Number(refusal.split(":")[1]));
    expect(lines).toHaveLength(3);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  test("a repeated operationId", () => {
    const twice = base.replace(
      "components:\n",
      `${/ {2}\/toys[\s\S]*?(?=components:)/.exec(base)?.[0].replace("/toys/", "/dolls/")}components:\n`,
    );
    expect(refusalOf(twice)).toContain('operationId "putToy" is taken by PUT /api/v1/toys/{toy_id}.');
  });
});
