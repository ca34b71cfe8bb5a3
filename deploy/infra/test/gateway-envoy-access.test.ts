import { gatewayAccess } from "@gantry/edge/conformance";
import { accessMatrix } from "@gantry/gen/access/access-matrix";
import { routes } from "@gantry/gen/routes/routes";
import { envoyTarget } from "../src/envoy/target.ts";

gatewayAccess(envoyTarget, routes, accessMatrix);
