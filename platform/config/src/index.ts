export { drillSettings, postgresSettings, redisSettings } from "./common-settings.ts";
export { ConfigError, type ConfigProblem } from "./config-error.ts";
export { type ConfigDefinition, type ConfigOf, defineConfig, type Environment } from "./define-config.ts";
export type { SettingInfo } from "./describe.ts";
export { eventSettings } from "./event-settings.ts";
export { gatewaySettings } from "./gateway-settings.ts";
export {
  type Bounds,
  choice,
  durationMs,
  flag,
  httpUrl,
  integer,
  json,
  port,
  postgresUrl,
  text,
  url,
} from "./schemas.ts";
export { identityJwksUrl, identityKey, serviceSettings } from "./service-settings.ts";
export { type Setting, type Settings, setting } from "./setting.ts";
