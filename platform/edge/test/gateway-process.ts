import { runGatewayProcess } from "../src/conformance/index.ts";
import { nodeTarget } from "./node-target.ts";

await runGatewayProcess(nodeTarget);
