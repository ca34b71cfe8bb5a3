import type { Api } from "../openapi/api.ts";
import { fromPolicy, type PlacedRoute } from "./route.ts";

/** The routes of an OpenAPI document. */
export const httpRoutes = ({ root, operations, service }: Api): readonly PlacedRoute[] =>
  operations.map(({ key, path, method, policy }) => {
    const [verb = "", route = ""] = key.split(" ");
    return {
      kind: "http",
      service,
      methods: [verb],
      path: route,
      operation: key,
      ...fromPolicy(policy),
      streaming: "unary",
      place: root.document.place(["paths", path, method]),
    };
  });
