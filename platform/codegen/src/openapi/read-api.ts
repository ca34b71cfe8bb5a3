import { basename } from "node:path";
import { type Api, methods, type Operation } from "./api.ts";
import { checkComponents } from "./check-components.ts";
import { OpenApiDocument } from "./document.ts";
import { reservedNames } from "./generated-names.ts";
import { namePatterns } from "./names.ts";
import type { ContractNode } from "./node.ts";
import { readOperation } from "./read-operation.ts";

const rootMembers = new Set(["openapi", "info", "servers", "security", "tags", "paths", "components", "externalDocs"]);
const itemMembers = new Set(["summary", "description", ...methods]);

/**
 * Reads a contract.
 * @param file as the user knows it; its name says the service
 * @throws ContractRefused naming every place that cannot be generated
 */
export function readApi(file: string, text: string): Api {
  const document = OpenApiDocument.parse(file, text);
  const { root } = document;
  root.allowOnly("A document", rootMembers, { webhooks: "Publish an event instead." });
  checkVersion(root);
  const service = readService(root, file);
  const prefix = readPrefix(root);
  const operations = root.membersOf("paths").flatMap((item) => readPathItem(item, prefix));
  refuseRepeatedIds(root, operations);
  const ids = operations.map(({ id }) => id);
  checkComponents(root, reservedNames(service, ids));
  document.problems.throwIfAny();
  return { file, service, prefix, operations, schemas: schemaNames(root), root };
}

function checkVersion(root: ContractNode): void {
  if (/^3\.1\.\d+$/.test(root.text("openapi") ?? "")) return;
  (root.member("openapi") ?? root).refuse("This is not OpenAPI 3.1.", "Say openapi: 3.1.0.");
}

function readService(root: ContractNode, file: string): string {
  const service = basename(file).replace(/\.openapi\.(yaml|yml|json)$/, "");
  if (!namePatterns.service.test(service)) {
    root.refuse(`The file name ${JSON.stringify(basename(file))} names no service.`, "Call it <service>.openapi.yaml.");
  }
  return service;
}

function readPrefix(root: ContractNode): string {
  const servers = root.itemsOf("servers");
  const url = servers.length === 1 ? servers[0]?.text("url") : undefined;
  if (url !== undefined && namePatterns.prefix.test(url)) return url;
  const at = root.member("servers") ?? root;
  at.refuse(
    "The document has no single path prefix.",
    "Say servers: [{ url: /api/v1 }], a path without a host or variables.",
  );
  return "";
}

function readPathItem(item: ContractNode, prefix: string): readonly Operation[] {
  item.allowOnly("A path", itemMembers, {
    parameters: "State them for each operation.",
    servers: "State them at the top.",
  });
  if (!namePatterns.path.test(item.name)) {
    item.refuse(
      `The path ${JSON.stringify(item.name)} cannot be routed.`,
      "Use segments of A-Z a-z 0-9 . _ ~ - or whole {names}.",
    );
    return [];
  }
  return item.members().flatMap((node) => {
    const method = methods.find((candidate) => candidate === node.name);
    return method === undefined ? [] : (readOperation(node, method, item.name, prefix) ?? []);
  });
}

function refuseRepeatedIds(root: ContractNode, operations: readonly Operation[]): void {
  const seen = new Map<string, Operation>();
  for (const operation of operations) {
    const first = seen.get(operation.id);
    seen.set(operation.id, first ?? operation);
    if (first === undefined) continue;
    const at = root.member("paths")?.member(operation.path)?.member(operation.method);
    (at?.member("operationId") ?? root).refuse(
      `operationId ${JSON.stringify(operation.id)} is taken by ${first.key}.`,
      "Give each operation its own.",
    );
  }
}

const schemaNames = (root: ContractNode): readonly string[] =>
  (root.member("components")?.membersOf("schemas") ?? []).map(({ name }) => name);
