import { runGatewayProcess } from "@gantry/edge/conformance";
import { envoyTarget } from "../src/envoy/target.ts";

await runGatewayProcess(envoyTarget);
