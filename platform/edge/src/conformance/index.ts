export type { GatewaySetup, GatewayTarget, RunningGateway } from "./target.ts";
