import { gatewayConformance } from "@gantry/edge/conformance";
import { describe } from "vitest";
import { envoyTarget } from "../src/envoy/target.ts";
import { infraTests } from "./config.ts";

describe.runIf(infraTests)("a real Envoy", () => gatewayConformance(envoyTarget));
