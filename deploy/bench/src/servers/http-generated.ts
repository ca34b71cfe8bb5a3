import { orderContract } from "@gantry/gen/openapi/order/server";
import { createContractApp } from "@gantry/http/contract";
import { createIdentityVerifier } from "@gantry/identity";
import { silentLogger as logger } from "@gantry/telemetry";
import { serve } from "@hono/node-server";
import { identityJwks } from "../config.ts";
import { announce } from "./listening.ts";
import { handlers } from "./order-handlers.ts";

// The generated server without a host: identity, policy, deadline and validation both ways, on plain @hono/node-server.
const verifier = createIdentityVerifier({ service: "bench", jwks: identityJwks() });
const app = createContractApp(orderContract(handlers), { logger, verifier });
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => announce(port));
