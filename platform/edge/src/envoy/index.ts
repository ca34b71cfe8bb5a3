export type { EnvoyUpstream } from "./clusters.ts";
export { type EnvoyParts, renderEnvoy } from "./render.ts";
export type { EnvoyLimits, EnvoySettings } from "./settings.ts";
