import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readApi } from "../src/openapi/read-api.ts";
import { generateOpenApi } from "../src/openapi-server/plugin.ts";
import { policyPlugin } from "../src/policy/plugin.ts";
import { ContractRefused } from "../src/refusal/problems.ts";
import { hostileContract, hostileValues, payloads } from "./hostile-contract.ts";
import { runPluginOn } from "./proto-input.ts";
import { root, run, tempFolder, writeTree } from "./workspace.ts";

const document = JSON.stringify(hostileContract());

/** A package with the generated code of the hostile contract, as `gen` would hold it. */
async function hostilePackage(folder: string): Promise<void> {
  const api = await generateOpenApi(readApi("contracts/hostile.openapi.yaml", document));
  const [policy] = await runPluginOn(policyPlugin, {
    "proto/a/v1/a.proto": 'syntax = "proto3"; package a.v1;',
    "hostile.openapi.yaml": document,
  });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeTree(folder, {
    ...Object.fromEntries(api.map(({ name, content }) => [`openapi/${name}`, content])),
    "policy/policy.ts": policy?.content ?? "",
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify({
      extends: join(root, "platform/tooling/tsconfig.base.json"),
      compilerOptions: {
        noEmit: true,
        composite: false,
        incremental: false,
        typeRoots: [join(root, "node_modules/@types")],
      },
      include: ["openapi", "policy"],
    }),
    "values.json": JSON.stringify(payloads.map((text) => ({ text, ...hostileValues(text) }))),
    "run.ts": runner,
  });
}

/** Loads everything, serves it, sends what fits and what does not, and tells what has become of the process. */
const runner = `
import { createContractApp } from "@gantry/http/contract";
import { silentLogger } from "@gantry/telemetry";
import { hostileContract } from "./openapi/hostile/server.ts";
import { createHostileClient } from "./openapi/hostile/client.ts";
import values from "./values.json" with { type: "json" };

const before = Object.getOwnPropertyNames(Object.prototype).join();
const api = new Proxy({}, { get: () => ({ body }) => ({ status: 200, body }) });
const app = createContractApp(hostileContract(api), { logger: silentLogger, verifier: { verify: async () => undefined } });
createHostileClient({ baseUrl: "http://localhost" });
const answers = [];
for (const [index, { text, good, bad }] of values.entries()) {
  const send = async (body, query) => {
    const response = await app.request(\`/api/v1/p\${index}?\${new URLSearchParams(query)}\`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const accepted = await send(good, { q: text.trim() === text && !/[\\r\\n]/.test(text) ? text : "b" });
  const refused = await send(bad, { q: "c" });
  answers.push({ text, accepted: accepted.status, same: JSON.stringify(accepted.body) === JSON.stringify(good), refused: refused.status, problems: refused.body.violations?.length });
}
const intact = before === Object.getOwnPropertyNames(Object.prototype).join();
process.stdout.write(JSON.stringify({ pwned: globalThis.pwned ?? null, intact, answers }));
`;

describe("a hostile contract", async () => {
  await using folder = await tempFolder();
  await hostilePackage(folder.path);
  const checked = await run("tsc", ["-p", "."], folder.path);
  const ran = await run("node", ["--conditions=@gantry/source", "run.ts"], folder.path);

  test("becomes code that compiles", () => expect(checked).toEqual({ code: 0, stdout: "", stderr: "" }));

  test("becomes code that does nothing but its job", () => {
    expect(ran.stderr).toBe("");
    const { pwned, intact } = JSON.parse(ran.stdout);
    expect({ pwned, intact }).toEqual({ pwned: null, intact: true });
  });

  test.each([...payloads.entries()])("means what it says: %i %j", (index) => {
    const { answers } = JSON.parse(ran.stdout);
    expect(answers[index]).toMatchObject({
      text: payloads[index],
      accepted: 200,
      same: true,
      refused: 400,
      problems: 5,
    });
  });
});

/** Where text of a contract becomes a name, it is refused. */
const names: readonly { readonly place: string; readonly put: (text: string) => object }[] = [
  { place: "operationId", put: (text) => withOperation({ operationId: text }) },
  { place: "path", put: (text) => ({ ...small, paths: { [`/${text}`]: { post: operation } } }) },
  { place: "prefix", put: (text) => ({ ...small, servers: [{ url: `/${text}` }] }) },
  {
    place: "status",
    put: (text) => withOperation({ responses: { ...operation.responses, [text]: { description: "d" } } }),
  },
  { place: "media type", put: (text) => withOperation({ requestBody: { content: { [text]: { schema: {} } } } }) },
  {
    place: "response header",
    put: (text) =>
      withOperation({
        responses: {
          ...operation.responses,
          "201": { description: "d", headers: { [text]: { schema: { type: "string" } } } },
        },
      }),
  },
  {
    place: "query parameter",
    put: (text) => withOperation({ parameters: [{ name: text, in: "query", schema: { type: "string" } }] }),
  },
  {
    place: "header parameter",
    put: (text) => withOperation({ parameters: [{ name: text, in: "header", schema: { type: "string" } }] }),
  },
  { place: "schema name", put: (text) => ({ ...small, components: { schemas: { [text]: { type: "string" } } } }) },
  { place: "method", put: (text) => ({ ...small, paths: { "/a": { post: operation, [text]: operation } } }) },
  {
    place: "type",
    put: (text) => withOperation({ requestBody: { content: { "application/json": { schema: { type: text } } } } }),
  },
  {
    place: "format",
    put: (text) =>
      withOperation({ requestBody: { content: { "application/json": { schema: { type: "string", format: text } } } } }),
  },
  {
    place: "reference",
    put: (text) => withOperation({ requestBody: { content: { "application/json": { schema: { $ref: text } } } } }),
  },
  {
    place: "keyword",
    put: (text) => withOperation({ requestBody: { content: { "application/json": { schema: { [text]: 1 } } } } }),
  },
];

const problem = { description: "p", content: { "application/problem+json": { schema: { type: "object" } } } };
const operation = {
  operationId: "op",
  "x-gantry-policy": { auth: "PUBLIC", deadline_ms: 1, idempotency: "NONE" },
  responses: Object.fromEntries([400, 413, 415, 500, 504].map((status) => [status, problem])),
};
const small = { openapi: "3.1.0", info: {}, servers: [{ url: "/api" }], paths: { "/a": { post: operation } } };
const withOperation = (changes: object): object => ({
  ...small,
  paths: { "/a": { post: { ...operation, ...changes } } },
});

/** Texts that are fine as a name: they are plain identifiers, and nothing that every object has. */
const plain = payloads.filter((text) => /^[a-z]\w*$/i.test(text) && !(text in {}));
const inherited = payloads.filter((text) => text in {});
const harmless: Readonly<Record<string, readonly string[]>> = {
  operationId: plain.filter((text) => !text.includes("_")),
  path: [...plain, ...inherited],
  prefix: [...plain, ...inherited],
  "response header": plain,
  "query parameter": plain,
  "header parameter": plain,
};

describe.each(names)("as $place", ({ place, put }) => {
  test.each(payloads.filter((text) => !harmless[place]?.includes(text)))("%j is refused", (text) => {
    expect(() => readApi("contracts/hostile.openapi.yaml", JSON.stringify(put(text)))).toThrow(ContractRefused);
  });

  test.each(harmless[place] ?? [])("%j is a name like any other", async (text) => {
    const files = await generateOpenApi(readApi("contracts/hostile.openapi.yaml", JSON.stringify(put(text))));
    expect(files).toHaveLength(4);
  });
});
