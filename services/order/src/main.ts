import { sensitiveFields } from "@gantry/gen/policy/policy";
import { runService } from "@gantry/runtime";
import { orderConfig } from "./config.ts";

await runService({
  name: "order",
  config: orderConfig,
  sensitiveFields,
  migrate: async ({ config, logger }) => {
    const { migrate } = await import("@gantry/postgres");
    await migrate({ url: config.postgresUrl, directory: new URL("../migrations/", import.meta.url), logger });
  },
  compose: async (context) => {
    const { compose } = await import("./compose.ts");
    return compose(context);
  },
});
