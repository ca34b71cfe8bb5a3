import { createGateway, createHttpSessionCheck } from "@gantry/edge";
import { createLogger, startTelemetry } from "@gantry/telemetry";
import { gatewayPlaces } from "../config.ts";
import { benchRoutes, CHECK_SESSION } from "../gateway/routes.ts";
import { announce } from "./listening.ts";

// The gateway's engine as its service runs it, with an access log that goes nowhere.
startTelemetry({ service: "bench" });
const { upstreamUrl, iamUrl, iamToken } = gatewayPlaces();
const iam = createHttpSessionCheck({
  url: iamUrl,
  path: CHECK_SESSION,
  body: (token) => `{"sessionToken":"${token}"}`,
  identity: () => iamToken,
});
const gateway = createGateway({
  port: 0,
  routes: benchRoutes,
  upstreams: { order: { url: upstreamUrl, speaks: "http" } },
  sessionCheck: iam.check,
  logger: createLogger({ service: "bench", destination: { write: () => undefined } }),
});
await gateway.start();
announce(gateway.port ?? 0);
