export { gatewayConformance } from "./gateway-conformance.ts";
export type { GatewayLimits, GatewaySetup, GatewayTarget, RunningGateway } from "./target.ts";
