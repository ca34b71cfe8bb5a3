/** Texts that become code, comments or object keys where somebody forgot to quote. */
export const payloads: readonly string[] = [
  '"); globalThis.pwned = 1; ("',
  "'); globalThis.pwned = 1; ('",
  "`); globalThis.pwned = 1; (`\u0024{globalThis.pwned = 1}",
  "*/ globalThis.pwned = 1; /*",
  "\\*/ globalThis.pwned = 1; /*",
  "\\",
  '\\"); globalThis.pwned = 1; //',
  "\u2028globalThis.pwned = 1;//",
  "\u2029globalThis.pwned = 1;//",
  "\u0085globalThis.pwned = 1;//",
  "a\nglobalThis.pwned = 1;\nb",
  "a\r\nglobalThis.pwned = 1;\r\nb",
  "@ts-ignore",
  "@ts-expect-error",
  "# sourceMappingURL=data:text/javascript,globalThis.pwned=1",
  "</script><script>globalThis.pwned = 1</script>",
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "then",
  "$&$'$`$1$$",
  "§0§ §1§",
  '"use strict";',
  "for(const key0 in data){",
  "const func0 = require(§0§)",
  'const formats0 = /"/',
  ",parentData:1,rootData,dynamicAnchors})))) {} globalThis.pwned = 1; //",
  "validate0",
  "func0",
  "schema0",
  "evaluated",
  "parentData",
  "instancePath",
  "vErrors",
  "key0",
  "errors",
  "data",
  "🚀\u0000\u001b[31m",
  " ",
];

const isInherited = (name: string): boolean => name in {};
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
const problem = { description: "p", content: { "application/problem+json": { schema: { type: "object" } } } };

/** One schema and one operation for each text, which stands in every place where a contract may put any text. */
export function hostileContract(): object {
  const all = payloads.map((text, index) => ({ text, index }));
  return {
    openapi: "3.1.0",
    info: { title: payloads[0], version: payloads[1], description: payloads.join("\n"), "x-any": payloads },
    servers: [{ url: "/api/v1", description: payloads[3] }],
    tags: payloads.map((name) => ({ name, description: name })),
    paths: Object.fromEntries(all.map(({ text, index }) => [`/p${index}`, { post: hostileOperation(text, index) }])),
    components: {
      securitySchemes: { session: { type: "http", scheme: "bearer", description: payloads[3] } },
      schemas: Object.fromEntries(all.map(({ text, index }) => [`Hostile${index}`, hostileSchema(text)])),
    },
  };
}

/** An object with a member of that name, where such a name is allowed. */
function hostileSchema(text: string): object {
  const name = isInherited(text) ? "member" : text;
  return {
    title: text,
    description: text,
    type: "object",
    additionalProperties: false,
    required: [name],
    examples: [{ [name]: text }],
    properties: {
      [name]: { type: "string", description: text, enum: [text, `${text}!`] },
      pattern: { type: "string", maxLength: 200, pattern: `^${escaped(text)}$`, description: text },
      constant: { const: text },
      choice: { oneOf: [{ const: text }, { type: "array", maxItems: 1, items: { type: "string", enum: [text] } }] },
    },
  };
}

function hostileOperation(text: string, index: number): object {
  const $ref = `#/components/schemas/Hostile${index}`;
  return {
    operationId: `op${index}`,
    summary: text,
    description: text,
    tags: [text],
    externalDocs: { url: "https://example.com", description: text },
    "x-any": { [text]: text },
    "x-gantry-policy": { auth: "PUBLIC", deadline_ms: 1000, idempotency: "NONE" },
    parameters: [
      {
        name: "q",
        in: "query",
        description: text,
        example: text,
        schema: { type: "string", enum: [text, "b"], default: text },
      },
    ],
    requestBody: {
      required: true,
      description: text,
      content: { "application/json": { schema: { $ref }, examples: { [text]: { value: text } } } },
    },
    responses: {
      "200": {
        description: text,
        headers: { "X-Text": { description: text, schema: { type: "string", enum: [text] } } },
        content: { "application/json": { schema: { $ref } } },
      },
      ...Object.fromEntries([400, 413, 415, 500, 504].map((status) => [status, problem])),
    },
  };
}

/** What fits and what does not fit `Hostile<index>`. */
export function hostileValues(text: string): { readonly good: object; readonly bad: object } {
  const name = isInherited(text) ? "member" : text;
  return {
    good: { [name]: text, pattern: text, constant: text, choice: [text] },
    bad: { [name]: "other", pattern: `${text}x`, constant: "other", choice: ["other"] },
  };
}
