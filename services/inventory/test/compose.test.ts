import { readFile } from "node:fs/promises";
import { silentLogger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";
import { expect, test } from "vitest";
import { compose, migrateDatabase } from "../src/compose.ts";
import { inventoryConfig } from "../src/config.ts";

const env = testIdentity().env("inventory");
const postgres = { INVENTORY_POSTGRES_URL: "postgres://inventory:secret@127.0.0.1:1/inventory" };
const mongo = { MONGO_URL: "mongodb://127.0.0.1:1/" };

test.each([
  ["PostgreSQL", postgres, "postgres"],
  ["MongoDB", mongo, "mongo"],
  ["MongoDB when both are given", { ...postgres, ...mongo }, "mongo"],
])("the service is composed of %s and, behind it, its port", async (_what, stores, name) => {
  const components = compose({ config: inventoryConfig.load({ ...env, ...stores }), logger: silentLogger });
  expect(components.map((component) => component.name)).toEqual([name, "rpc"]);
  const [store] = components;
  const attempts = await Promise.allSettled([store?.check?.(), store?.start?.()]);
  const kind = expect.stringMatching(/^(unavailable|timeout)$/);
  expect(attempts).toMatchObject([{ reason: { kind } }, { reason: { kind } }]);
  for (const { stop } of components.toReversed()) await stop?.();
});

test("there is nothing to migrate in MongoDB", async () => {
  await migrateDatabase({ config: inventoryConfig.load({ ...env, ...mongo }), logger: silentLogger });
});

test("the configuration wants one of the two stores and says so", () => {
  expect(() => inventoryConfig.load(env)).toThrow(/INVENTORY_POSTGRES_URL is not set, and neither is MONGO_URL/);
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of inventoryConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
