import { launcherEnvironment } from "./config.ts";
import type { Environment } from "./environment.ts";

/** What stands at the door. */
export type GatewayKind = "node" | "envoy";

/** The options' variables first, this machine's otherwise. Unset and empty are the same. */
const wish = (name: string, env: Environment): string | undefined =>
  ({ ...launcherEnvironment(), ...env })[name] || undefined;

/** The Redis that there is, if any. */
export const redisUrl = (env: Environment): string | undefined => wish("REDIS_URL", env);

/**
 * The Envoy binary to run as the gateway; undefined when the gateway is to be the one on Node.
 * @throws Error saying what to set, when the wish cannot be understood or met
 */
export function envoyPath(asked: GatewayKind | undefined, env: Environment): string | undefined {
  const kind = asked ?? wish("GANTRY_GATEWAY", env) ?? "node";
  if (kind === "node") return undefined;
  if (kind !== "envoy") throw new Error(`GANTRY_GATEWAY is "${kind}"; it can be node or envoy`);
  const path = wish("ENVOY_PATH", env);
  if (path === undefined) throw new Error("GANTRY_GATEWAY=envoy needs ENVOY_PATH, the path of an Envoy binary");
  return path;
}
