import { envoyRoutes } from "@gantry/codegen/envoy";
import type { GatewaySetup, GatewayTarget, RunningGateway } from "@gantry/edge/conformance";
import { startEnvoyGateway } from "./gateway.ts";

const bodyFirst = "asks for the body before the session check: its limit holds only there (decision 087)";

/** Envoy, for the suite of gateways: its routes are made of the suite's by the generator that makes the real ones. */
export const envoyTarget: GatewayTarget = {
  name: "Envoy",
  differences: {
    "100-continue, HTTP/1.1": bodyFirst,
    "100-continue, HTTP/2": bodyFirst,
  },
  start: (setup) => startOn(setup),
};

async function startOn(setup: GatewaySetup): Promise<RunningGateway> {
  const routes = envoyRoutes(setup.routes);
  return await startEnvoyGateway({
    routes,
    iamToken: setup.iamToken,
    drainMs: setup.drainMs,
    settings: {
      upstreams: setup.upstreams,
      iamUrl: setup.iamUrl,
      origins: setup.origins,
      maxBodyBytes: setup.maxBodyBytes,
      sessionTimeoutMs: setup.sessionTimeoutMs,
      ...(setup.limits !== undefined && { limits: setup.limits }),
    },
  });
}
