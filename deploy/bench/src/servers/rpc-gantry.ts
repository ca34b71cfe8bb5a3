import { rpcPolicies } from "@gantry/gen/policy/policy";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { createIdentityVerifier } from "@gantry/identity";
import { createRpcServer } from "@gantry/rpc";
import { createLogger, startTelemetry } from "@gantry/telemetry";
import { identityJwks } from "../config.ts";
import { announce } from "./listening.ts";
import { answer } from "./part.ts";

startTelemetry({ service: "bench" });
const server = createRpcServer({
  service: "bench",
  host: "127.0.0.1",
  port: 0,
  policies: rpcPolicies,
  verifier: createIdentityVerifier({ service: "bench", jwks: identityJwks() }),
  logger: createLogger({ service: "bench", level: "info", destination: { write: () => undefined } }),
  routes: (router) => router.service(InventoryService, { getPart: () => answer }),
});
await server.start();
announce(server.port ?? 0);
