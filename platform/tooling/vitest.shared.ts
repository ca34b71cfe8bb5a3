import { defineConfig } from "vitest/config";

const conditions = ["@gantry/source"];

/** What every package's vitest run shares: workspace sources instead of dist, files beside the code or under test/. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    // Default exports of CommonJS modules as Node itself gives them.
    deps: { interopDefault: false },
    // Long enough for a machine that does other things as well.
    testTimeout: 40_000,
    hookTimeout: 120_000,
    coverage: {
      // Measured when the whole repository is tested, so that npm run coverage need not run the tests again.
      enabled: process.env.GANTRY_COVERAGE === "1",
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts"],
      reporter: ["json-summary"],
    },
  },
});
