import { sensitiveFields } from "@gantry/gen/policy/policy";
import { runService } from "@gantry/runtime";
import { notificationConfig } from "./config.ts";

// imported late: the database driver is patched for traces before it is loaded
const composition = () => import("./compose.ts");

await runService({
  name: "notification",
  config: notificationConfig,
  sensitiveFields,
  migrate: async (context) => (await composition()).migrateDatabase(context),
  compose: async (context) => (await composition()).compose(context),
});
