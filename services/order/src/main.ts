import { sensitiveFields } from "@gantry/gen/policy/policy";
import { runService } from "@gantry/runtime";
import { orderConfig } from "./config.ts";

await runService({
  name: "order",
  config: orderConfig,
  sensitiveFields,
  migrate: async ({ config, logger }) => {
    const { inboxTables, migrate, outboxTables } = await import("@gantry/postgres");
    const directory = new URL("../migrations/", import.meta.url);
    await migrate({ url: config.postgresUrl, directory, logger, libraries: [outboxTables, inboxTables] });
  },
  compose: async (context) => {
    const { compose } = await import("./compose.ts");
    return compose(context);
  },
});
