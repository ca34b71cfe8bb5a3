import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { describeBroker } from "../src/conformance/index.ts";
import { createLogBroker } from "../src/index.ts";

describeBroker("embedded log", async () => {
  const { url } = await testDatabase();
  return {
    createBroker: (topics) => createLogBroker({ url, clientId: "test", topics, logger: silentLogger }),
    processes: { module: new URL("./log-child.ts", import.meta.url).href, options: { url } },
    takeOverWithinMs: 15_000,
    withinMs: 20_000,
    async [Symbol.asyncDispose]() {},
  };
});
