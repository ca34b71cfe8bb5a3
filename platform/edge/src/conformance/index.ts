export type { GatewayLimits, GatewaySetup, GatewayTarget, RunningGateway } from "./target.ts";
