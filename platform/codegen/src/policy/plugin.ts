import type { Policy } from "@gantry/kernel";
import type { Api } from "../openapi/api.ts";
import { readDocument } from "../openapi/read-document.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { Problems } from "../refusal/problems.ts";
import { fileHeader } from "../text/header.ts";
import { literal } from "../text/literal.ts";
import { docComment, quote } from "../text/quote.ts";
import { readRpcMethods } from "./rpc-policies.ts";
import { sensitiveFields } from "./sensitive-fields.ts";

/** One table of who may call what, for protos (option `protos`) and the OpenAPI document (option `document`) alike. */
export const policyPlugin: Plugin = {
  name: "gantry-policy",
  async generate(input) {
    const problems = new Problems();
    const methods = readRpcMethods(input, problems);
    problems.throwIfAny();
    const api = await readDocument(input);
    return [{ name: "policy.ts", content: emitPolicies(methods, api, sensitiveFields(input, api)) }];
  },
};

interface Row {
  readonly key: string;
  readonly policy: Policy;
}

function emitPolicies(methods: readonly Row[], api: Api, sensitive: readonly string[]): string {
  return [
    fileHeader(`the protos and ${api.file}`),
    `import type { PolicyTable } from "@gantry/kernel";\n`,
    table("rpcPolicies", "The policy of every remote procedure, by its path.", methods),
    table("httpPolicies", "The policy of every HTTP operation, by method and path.", api.operations),
    docComment(["Names of fields whose values must never reach a log, a trace, a metric or an error text."]) +
      `export const sensitiveFields: ReadonlySet<string> = new Set([${sensitive.map(quote).join(", ")}]);\n`,
  ].join("\n");
}

function table(name: string, doc: string, rows: readonly Row[]): string {
  const lines = rows.map(({ key, policy }) => `  ${quote(key)}: ${literal(policy)},\n`).join("");
  return `${docComment([doc])}export const ${name} = {\n${lines}} as const satisfies PolicyTable;\n`;
}
