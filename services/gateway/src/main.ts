import { sensitiveFields } from "@gantry/gen/policy/policy";
import { runService } from "@gantry/runtime";
import { compose } from "./compose.ts";
import { gatewayConfig } from "./config.ts";

await runService({ name: "gateway", config: gatewayConfig, sensitiveFields, compose });
