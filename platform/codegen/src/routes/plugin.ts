import { readDocument } from "../openapi/read-document.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { readRpcMethods } from "../policy/rpc-policies.ts";
import { Problems } from "../refusal/problems.ts";
import { emitRoutes } from "./emit-routes.ts";
import { httpRoutes } from "./http-routes.ts";
import { refuseClashes } from "./refuse-clashes.ts";
import { rpcRoute } from "./rpc-routes.ts";
import { transcodedRoutes } from "./transcoded-routes.ts";

/** The route table for gateways, of protos (option `protos`) and the OpenAPI document (option `document`). */
export const routesPlugin: Plugin = {
  name: "gantry-routes",
  async generate(input) {
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
    return [{ name: "routes.ts", content: emitRoutes(routes, api.file) }];
  },
};
