import { mergeConfig } from "vitest/config";
import shared from "./vitest.shared.ts";

/** The shared settings for packages whose tests use `testDatabase()`: one PostgreSQL for each `vitest run`. */
export default mergeConfig(shared, { test: { globalSetup: ["@gantry/testing/vitest-setup"] } });
