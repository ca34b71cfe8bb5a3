import type { Route } from "@gantry/kernel";
import type { EnvoyRoute, Json } from "./envoy-route.ts";
import { bySpecificity, pathMatch } from "./path-match.ts";
import { rateLimit } from "./rate-limit.ts";
import { timeouts } from "./timeouts.ts";

type Part = { readonly [name: string]: Json };

/**
 * The routes of Envoy's virtual host: one for each route that people may call, then a 405 for each of their paths. What is
 * for services, and what would have to be transcoded, is not there: the template's last route answers 404.
 *
 * Pure. A route without `access: public` in its metadata needs a session: forgetting it closes, never opens.
 */
export function envoyRoutes(routes: readonly Route[]): readonly EnvoyRoute[] {
  const served = routes.filter(isServed).toSorted((a, b) => bySpecificity(a.path, b.path));
  const paths = Map.groupBy(served, ({ path }) => path);
  return [...served.map(routed), ...[...paths].map(([path, own]) => methodNotAllowed(path, own))];
}

const isServed = ({ kind, auth }: Route): boolean =>
  (kind === "rpc" || kind === "http") && (auth === "PUBLIC" || auth === "SESSION");

const routed = (route: Route): EnvoyRoute => ({
  name: route.operation,
  match: { ...pathMatch(route.path), headers: [methodMatch(route.methods)] },
  ...metadata({ ...(route.auth === "PUBLIC" && { access: "public" }), ...isRpc(route) }),
  route: { cluster: route.service, ...timeouts(route) },
  ...perFilter(route),
});

const isRpc = ({ kind }: Route): Part => (kind === "rpc" ? { rpc: true } : {});

const methodMatch = (methods: readonly string[]): Json => ({
  name: ":method",
  string_match: methods.length === 1 ? { exact: methods[0] ?? "" } : { safe_regex: { regex: methods.join("|") } },
});

/** Read by the session check, by the second lock and by the refusals, under the name of the first. */
const metadata = (values: Part): Part =>
  Object.keys(values).length === 0 ? {} : { metadata: { filter_metadata: { "envoy.filters.http.lua": values } } };

function perFilter({ rate, streaming }: Route): Part {
  const configs: Part = {
    ...(rate && rateLimit(rate)),
    // A stream of requests has no end to wait for; the service bounds its messages.
    ...((streaming === "client_stream" || streaming === "bidi_stream") && { "envoy.filters.http.buffer": unbuffered }),
  };
  return Object.keys(configs).length === 0 ? {} : { typed_per_filter_config: configs };
}

const unbuffered: Json = {
  "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
  disabled: true,
};

function methodNotAllowed(path: string, routes: readonly Route[]): EnvoyRoute {
  const allowed = [...new Set(routes.flatMap(({ methods }) => methods))].toSorted();
  return {
    name: `405 ${path}`,
    match: pathMatch(path),
    ...metadata({ access: "public", service: routes[0]?.service ?? "" }),
    direct_response: { status: 405 },
    response_headers_to_add: [
      { header: { key: "allow", value: allowed.join(", ") }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
    ],
  };
}
