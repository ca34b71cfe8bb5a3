import { mergeConfig } from "vitest/config";
import shared from "../../platform/tooling/vitest.shared.ts";

/** One system at a time: two that compete for the machine would be a fault of their own. */
export default mergeConfig(shared, { test: { fileParallelism: false } });
