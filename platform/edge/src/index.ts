export { createGateway, type Gateway } from "./gateway.ts";
export type { GatewayOptions, UpstreamPlace } from "./gateway-options.ts";
export type { EdgeLimits } from "./limits.ts";
export { cachedSessionCheck, MAX_CACHE_MS } from "./session/cached-session-check.ts";
export {
  createHttpSessionCheck,
  type HttpSessionCheck,
  type HttpSessionCheckOptions,
} from "./session/http-session-check.ts";
export type { SessionCheck, SessionQuestion, SessionVerdict, ValidSession } from "./session-check.ts";
