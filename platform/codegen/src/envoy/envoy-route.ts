/** A piece of Envoy's configuration as plain data. */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

/** One entry of a virtual host's `routes` (`envoy.config.route.v3.Route`), the first that matches wins. */
export interface EnvoyRoute {
  readonly name: string;
  readonly match: Json;
  readonly [field: string]: Json;
}
