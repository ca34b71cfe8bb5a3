export { type AccessRow, gatewayAccess } from "./cases/access.ts";
export { gatewayConformance } from "./gateway-conformance.ts";
export { runGatewayProcess } from "./gateway-process.ts";
export type { GatewayLimits, GatewaySetup, GatewayTarget, RunningGateway } from "./target.ts";
