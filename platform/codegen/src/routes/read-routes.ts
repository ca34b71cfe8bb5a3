import { readDocument } from "../openapi/read-document.ts";
import type { PluginInput } from "../plugin/plugin.ts";
import { readRpcMethods } from "../policy/rpc-policies.ts";
import { Problems } from "../refusal/problems.ts";
import { httpRoutes } from "./http-routes.ts";
import { refuseClashes } from "./refuse-clashes.ts";
import type { PlacedRoute } from "./route.ts";
import { rpcRoute } from "./rpc-routes.ts";
import { transcodedRoutes } from "./transcoded-routes.ts";

/** Every way into the system, and the document that was read besides the protos. */
export interface ReadRoutes {
  readonly routes: readonly PlacedRoute[];
  readonly document: string;
}

/** The routes of protos (option `protos`) and the OpenAPI document (option `document`). @throws ContractRefused */
export async function readRoutes(input: PluginInput): Promise<ReadRoutes> {
  const problems = new Problems();
  const methods = readRpcMethods(input, problems);
  const api = await readDocument(input);
  const routes = [
    ...methods.map(rpcRoute),
    ...methods.flatMap((method) => transcodedRoutes(input, method, problems)),
    ...httpRoutes(api),
  ];
  refuseClashes(routes, problems);
  problems.throwIfAny();
  return { routes, document: api.file };
}
