import { sensitiveFields } from "@gantry/gen/policy/policy";
import { runService } from "@gantry/runtime";
import { publishedKeys } from "./adapters/published-keys.ts";
import { iamConfig } from "./config.ts";

// imported late: the database driver is patched for traces before it is loaded
const composition = () => import("./compose.ts");

await runService({
  name: "iam",
  config: iamConfig,
  sensitiveFields,
  documents: (config) => publishedKeys(config),
  migrate: async (context) => (await composition()).migrateDatabase(context),
  compose: async (context) => (await composition()).compose(context),
});
