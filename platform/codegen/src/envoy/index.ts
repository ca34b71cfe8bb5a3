export type { EnvoyRoute } from "./envoy-route.ts";
export { envoyRoutes } from "./envoy-routes.ts";
