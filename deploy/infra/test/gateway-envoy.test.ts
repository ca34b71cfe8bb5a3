import { gatewayConformance } from "@gantry/edge/conformance";
import { envoyTarget } from "../src/envoy/target.ts";

gatewayConformance(envoyTarget);
