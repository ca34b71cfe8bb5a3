import { fileURLToPath } from "node:url";
import { mergeConfig } from "vitest/config";
import shared from "./vitest.shared.ts";

/** By path: a package name would lead vitest to the built file, which a fresh clone does not have. */
const setup = fileURLToPath(new URL("../testing/src/vitest-setup.ts", import.meta.url));

/** The shared settings for packages whose tests use `testDatabase()`: one PostgreSQL for each `vitest run`. */
export default mergeConfig(shared, { test: { globalSetup: [setup] } });
