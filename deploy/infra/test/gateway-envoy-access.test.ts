import { gatewayAccess } from "@gantry/edge/conformance";
import { accessMatrix } from "@gantry/gen/access/access-matrix";
import { routes } from "@gantry/gen/routes/routes";
import { describe } from "vitest";
import { envoyTarget } from "../src/envoy/target.ts";
import { infraTests } from "./config.ts";

describe.runIf(infraTests)("a real Envoy", () => gatewayAccess(envoyTarget, routes, accessMatrix));
