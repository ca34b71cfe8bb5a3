import type { Plugin } from "../plugin/plugin.ts";
import { emitRoutes } from "./emit-routes.ts";
import { readRoutes } from "./read-routes.ts";

/** The route table for gateways, of protos (option `protos`) and the OpenAPI document (option `document`). */
export const routesPlugin: Plugin = {
  name: "gantry-routes",
  async generate(input) {
    const { routes, document } = await readRoutes(input);
    return [{ name: "routes.ts", content: emitRoutes(routes, document) }];
  },
};
