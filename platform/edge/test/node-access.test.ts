import { accessMatrix } from "@gantry/gen/access/access-matrix";
import { routes } from "@gantry/gen/routes/routes";
import { gatewayAccess } from "../src/conformance/index.ts";
import { nodeTarget } from "./node-target.ts";

gatewayAccess(nodeTarget, routes, accessMatrix);
