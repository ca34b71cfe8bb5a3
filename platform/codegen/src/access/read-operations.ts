import type { Policy } from "@gantry/kernel";
import { readDocument } from "../openapi/read-document.ts";
import type { PluginInput } from "../plugin/plugin.ts";
import { readRpcMethods } from "../policy/rpc-policies.ts";
import { Problems } from "../refusal/problems.ts";
import { httpRoutes } from "../routes/http-routes.ts";
import { rpcRoute } from "../routes/rpc-routes.ts";

/** An operation as far as it matters who calls it. */
export interface Operation {
  readonly key: string;
  readonly kind: "rpc" | "http";
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly policy: Policy;
  /** Whether its request names a thing that belongs to one person. */
  readonly isOwned: boolean;
}

/** Every operation of the contracts, in their order. @throws ContractRefused */
export async function readOperations(input: PluginInput) {
  const owned = new Set(input.options.require("owned").split("+"));
  const problems = new Problems();
  const methods = readRpcMethods(input, problems);
  problems.throwIfAny();
  const api = await readDocument(input);
  const http = httpRoutes(api);
  const operations: Operation[] = [
    ...methods.map((method) => ({
      ...placeOf(rpcRoute(method)),
      kind: "rpc" as const,
      policy: method.policy,
      isOwned: method.desc.input.fields.some(({ name }) => owned.has(name)),
    })),
    ...api.operations.flatMap((operation, index) => {
      const route = http[index];
      if (route === undefined) return [];
      const isOwned = operation.parameters.some(({ in: where, name }) => where === "path" && owned.has(name));
      return [{ ...placeOf(route), kind: "http" as const, policy: operation.policy, isOwned }];
    }),
  ];
  return { operations, document: api.file };
}

interface Placed {
  readonly operation: string;
  readonly service: string;
  readonly methods: readonly string[];
  readonly path: string;
}

const placeOf = ({ operation, service, methods, path }: Placed) => ({
  key: operation,
  service,
  method: methods[0] ?? "",
  path,
});
