import { cachedSessionCheck, createGateway, type Gateway } from "@gantry/edge";
import { routes } from "@gantry/gen/routes/routes";
import type { Component, ServiceContext } from "@gantry/runtime";
import { iamSessionCheck } from "./adapters/iam-session-check.ts";
import { tlsFiles } from "./adapters/tls-files.ts";
import type { GatewayConfig } from "./config.ts";

/** The parts of this service, in the order in which they start. */
export function compose({ config, logger }: ServiceContext<GatewayConfig>): readonly [Component, Gateway] {
  const iam = iamSessionCheck({ url: config.iamUrl, identityKey: config.identityKey });
  const tls = tlsFiles(config.tlsCertFile, config.tlsKeyFile);
  const gateway = createGateway({
    host: config.host,
    port: config.httpPort,
    routes,
    upstreams: {
      iam: { url: config.iamUrl, speaks: "rpc" },
      order: { url: config.orderUrl, speaks: "http" },
      inventory: { url: config.inventoryUrl, speaks: "rpc" },
      payment: { url: config.paymentUrl, speaks: "rpc" },
    },
    sessionCheck: config.sessionCacheMs === 0 ? iam.check : cachedSessionCheck(iam.check, config.sessionCacheMs),
    origins: config.origins,
    rateLimits: config.rateLimits,
    limits: {
      maxBodyBytes: config.maxBodyBytes,
      sessionTimeoutMs: config.sessionTimeoutMs,
      drainMs: config.drainMs,
    },
    logger,
    ...(tls === undefined ? {} : { tls }),
  });
  const connections: Component = { name: "iam", stop: async () => iam.close() };
  return [connections, gateway];
}
