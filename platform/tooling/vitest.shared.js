import { defineConfig } from "vitest/config";

const conditions = ["@gantry/source"];
/** What every package's vitest run shares: workspace sources instead of dist, files beside the code or under test/. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts"],
      reporter: ["text-summary", "json-summary"],
    },
  },
});
//# sourceMappingURL=vitest.shared.js.map
