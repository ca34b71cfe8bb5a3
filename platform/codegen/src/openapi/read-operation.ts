import type { Policy } from "@gantry/kernel";
import { readPolicy } from "../policy/read-policy.ts";
import type { Method, Operation, RequestBody } from "./api.ts";
import { checkDeclaredStatuses } from "./check-statuses.ts";
import { isObject } from "./json.ts";
import { checkName } from "./names.ts";
import type { ContractNode } from "./node.ts";
import { readParameters } from "./read-parameters.ts";
import { readResponses } from "./read-responses.ts";
import { readBodySchema } from "./read-schema.ts";

const operationMembers = new Set([
  "operationId",
  "summary",
  "description",
  "tags",
  "externalDocs",
  "deprecated",
  "security",
  "parameters",
  "requestBody",
  "responses",
]);

const bodyMembers = new Set(["description", "required", "content"]);

/** Undefined when something was reported without which the operation makes no sense. */
export function readOperation(node: ContractNode, method: Method, path: string, prefix: string): Operation | undefined {
  node.allowOnly("An operation", operationMembers, {
    callbacks: "Publish an event instead.",
    servers: "State them at the top.",
  });
  const id = readId(node);
  const policy = readOperationPolicy(node);
  const parameters = readParameters(node, path);
  const body = readRequestBody(node, method);
  const responses = readResponses(node);
  if (id === undefined || policy === undefined) return undefined;
  const key = `${method.toUpperCase()} ${prefix}${path}`;
  const operation = { id, method, path, key, summary: node.text("summary"), policy, parameters, body, responses };
  checkDeclaredStatuses(node, operation);
  return operation;
}

function readId(node: ContractNode): string | undefined {
  const id = node.text("operationId");
  if (id === undefined) {
    node.refuse("The operation has no operationId.", "Give it one: it becomes the handler's name.");
    return undefined;
  }
  return checkName(node.member("operationId") ?? node, "operation", id) ? id : undefined;
}

function readOperationPolicy(node: ContractNode): Policy | undefined {
  const written = node.member("x-gantry-policy");
  if (written === undefined || !isObject(written.value)) {
    (written ?? node).refuse(
      "The operation has no policy.",
      "Add x-gantry-policy with auth, deadline_ms and idempotency, as in gantry/policy/v1/policy.proto.",
    );
    return undefined;
  }
  return readPolicy({ fields: written.value, refuse: (problem, advice) => written.refuse(problem, advice) });
}

function readRequestBody(node: ContractNode, method: Method): RequestBody | undefined {
  const body = node.member("requestBody")?.resolved();
  if (body === undefined) return undefined;
  if (method === "get" || method === "delete") {
    body.refuse(`A ${method.toUpperCase()} has no body.`, "Use parameters, or another method.");
  }
  body.allowOnly("A request body", bodyMembers);
  const content = readBodySchema(body, ["application/json"]);
  return content && { required: body.flag("required"), schema: content.schema };
}
