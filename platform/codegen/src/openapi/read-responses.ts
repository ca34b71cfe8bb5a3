import type { ResponseHeader, ResponseSpec } from "./api.ts";
import { checkName } from "./names.ts";
import type { ContractNode } from "./node.ts";
import { readBodySchema, readSchema } from "./read-schema.ts";

const responseMembers = new Set(["description", "headers", "content"]);
const headerMembers = new Set([
  "description",
  "required",
  "schema",
  "example",
  "examples",
  "deprecated",
  "style",
  "explode",
]);

/** Headers that the host writes itself. */
const ownHeaders = new Set(["content-type", "content-length", "transfer-encoding", "connection", "date", "keep-alive"]);

export function readResponses(operation: ContractNode): readonly ResponseSpec[] {
  const responses = operation.member("responses");
  if (responses === undefined) operation.refuse("The operation has no responses.", "Name every status it can answer.");
  return (responses?.members() ?? []).flatMap((node) => readResponse(node) ?? []);
}

function readResponse(node: ContractNode): ResponseSpec | undefined {
  if (!/^[2-5]\d\d$/.test(node.name)) {
    node.refuse(
      `The response ${JSON.stringify(node.name)} is not one status.`,
      "Name every status on its own, 200 to 599.",
    );
    return undefined;
  }
  const status = Number(node.name);
  const response = node.resolved();
  if (response === undefined) return undefined;
  response.allowOnly("A response", responseMembers, { links: "Say it in the description." });
  const headers = response.membersOf("headers").flatMap((header) => readHeader(header) ?? []);
  refuseRepeatedHeaders(response, headers);
  return { status, body: readResponseBody(response, status), headers };
}

function readResponseBody(response: ContractNode, status: number): ResponseSpec["body"] {
  const content = response.member("content");
  if (content === undefined) return undefined;
  if (status === 204 || status === 205 || status === 304)
    content.refuse(`A ${status} has no body.`, "Take content out.");
  return readBodySchema(response, ["application/json", "application/problem+json"]);
}

function readHeader(node: ContractNode): ResponseHeader | undefined {
  const header = node.resolved();
  if (header === undefined || !checkName(node, "header", node.name)) return undefined;
  if (ownHeaders.has(node.name.toLowerCase())) node.refuse(`${node.name} is set by the host.`, "Take it out.");
  header.allowOnly("A header", headerMembers, { content: "Use schema." });
  const schema = readSchema(header);
  return schema && { name: node.name, required: header.flag("required"), schema };
}

function refuseRepeatedHeaders(response: ContractNode, headers: readonly ResponseHeader[]): void {
  const names = headers.map(({ name }) => name.toLowerCase());
  if (new Set(names).size < names.length) response.refuse("A header is named twice.", "Header names ignore case.");
}
