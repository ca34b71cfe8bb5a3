import { gatewayConformance } from "../src/conformance/index.ts";
import { nodeTarget } from "./node-target.ts";

gatewayConformance(nodeTarget);
