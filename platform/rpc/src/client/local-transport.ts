import { type ConnectRouter, createRouterTransport, type Transport } from "@connectrpc/connect";
import { Policies } from "../policies.ts";
import { type RpcServerRules, rpcServerInterceptors } from "../server/interceptors.ts";
import type { IdentitySource } from "./identity.ts";
import { clientInterceptors } from "./interceptors.ts";
import { ruledTransport } from "./ruled-transport.ts";

export interface LocalRpcTransportOptions extends RpcServerRules {
  readonly routes: (router: ConnectRouter) => void;
  readonly identity?: IdentitySource;
}

/**
 * A client and a server in one process without a network, with all rules of both sides: policies, identity, deadlines,
 * validation, errors. For tests with a neighbour played by a few lines. Messages are still encoded and decoded.
 */
export function createLocalRpcTransport(options: LocalRpcTransportOptions): Transport {
  const { routes, policies, logger, identity = () => undefined } = options;
  const inner = createRouterTransport(routes, {
    router: { interceptors: rpcServerInterceptors(options) },
    transport: { interceptors: clientInterceptors(identity, logger) },
  });
  return ruledTransport(inner, new Policies(policies));
}
