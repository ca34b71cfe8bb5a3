import { orderContract } from "@gantry/gen/openapi/order/server";
import { createHttpHost } from "@gantry/http";
import { createIdentityVerifier } from "@gantry/identity";
import { createLogger, startTelemetry } from "@gantry/telemetry";
import { identityJwks } from "../config.ts";
import { announce } from "./listening.ts";
import { handlers } from "./order-handlers.ts";

// Everything a service runs with: the generated server in its host, with spans, metrics, limits and an access log.
startTelemetry({ service: "bench" });
const host = createHttpHost({
  name: "http",
  host: "127.0.0.1",
  port: 0,
  routes: orderContract(handlers),
  logger: createLogger({ service: "bench", destination: { write: () => undefined } }),
  verifier: createIdentityVerifier({ service: "bench", jwks: identityJwks() }),
});
await host.start();
announce(host.port);
