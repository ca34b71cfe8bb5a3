import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Logger } from "@gantry/telemetry";
import { silentLogger } from "@gantry/telemetry";
import { tempDir } from "@gantry/testing";
import { expect, test } from "vitest";
import { createClientLog } from "../src/kafka/client/client-log.ts";
import { clientFolder, loadClient } from "../src/kafka/client/load-client.ts";

test("looks where the bootstrap builds it", () => {
  const program = fileURLToPath(new URL("../../bootstrap/kafka-client.mjs", import.meta.url));
  const { stdout } = spawnSync(process.execPath, [program, "--where"], { encoding: "utf8" });
  expect(stdout.trim()).toBe(clientFolder());
});

test("says what to run where it is not built", async () => {
  await using home = await tempDir();
  expect(() => loadClient(home.path)).toThrow(
    expect.objectContaining({
      kind: "failed_precondition",
      reason: "KAFKA_CLIENT_MISSING",
      message: expect.stringContaining("npm run kafka:client"),
    }),
  );
});

test("of many lines of a kind one is written, others are not held back by it", () => {
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (_, message) => lines.push(`info ${message}`),
    warn: (_, message) => lines.push(`warn ${message}`),
  };
  const log = createClientLog(logger);
  for (let n = 0; n < 10; n++) log.line({ severity: 3, fac: "FAIL", message: `refused ${n}` });
  log.line({ severity: 4, fac: "REQTMOUT", message: "slow" });
  log.line({ severity: 6, fac: "NOISE", message: "connected" });
  for (let n = 0; n < 10; n++) log.error({ code: -1, message: "all brokers are down" });
  expect(lines).toEqual(["warn kafka client: error", "info kafka client: warning", "warn kafka reports an error"]);
});
