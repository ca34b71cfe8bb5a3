export { type CallScope, runInCallScope } from "./call-scope.ts";
export type { IdentitySource } from "./client/identity.ts";
export { createLocalRpcTransport, type LocalRpcTransportOptions } from "./client/local-transport.ts";
export {
  createRpcTransport,
  type RpcProtocol,
  type RpcTransport,
  type RpcTransportOptions,
  type WireOptions,
} from "./client/rpc-transport.ts";
export { exposeError } from "./errors/exposed.ts";
export { INVALID_REQUEST, toConnectError } from "./errors/to-connect-error.ts";
export { translateRpcError } from "./errors/translate-rpc-error.ts";
export { defaultLimits, type RpcLimits } from "./limits.ts";
export type { HealthCheck } from "./server/health-monitor.ts";
export { type RpcServerRules, rpcServerInterceptors } from "./server/interceptors.ts";
export { principalOf, userOf } from "./server/principal.ts";
export { createRpcServer, type RpcServer, type RpcServerOptions } from "./server/rpc-server.ts";
