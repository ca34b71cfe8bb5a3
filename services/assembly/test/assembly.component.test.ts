import { type Uuid, uuidv7 } from "@gantry/kernel";
import { createMemoryBroker } from "@gantry/messaging";
import { createPostgres } from "@gantry/postgres";
import { createLifecycle } from "@gantry/runtime";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { afterAll, expect, test } from "vitest";
import { compose, migrateDatabase } from "../src/compose.ts";
import type { AssemblyTables } from "../src/jobs.postgres.ts";
import { orderCancelled, orderPaid, send, shipsPublished, topics, untilAssembled, untilHandled } from "./events.ts";
import { aConfig } from "./fixture.ts";

/** The whole service in this process, on a database of its own and a broker in memory. Stopped after the file. */
async function aService(env: Readonly<Record<string, string>> = {}) {
  const { url } = await testDatabase();
  const context = { config: aConfig(url, env), logger: silentLogger };
  await migrateDatabase(context);
  const broker = createMemoryBroker();
  await broker.admin.createTopics(topics);
  const lifecycle = createLifecycle({ components: compose(context, broker), logger: silentLogger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  const postgres = createPostgres<AssemblyTables>({ url, applicationName: "test", logger: silentLogger });
  afterAll(() => postgres.close());
  return { broker, jobs: () => postgres.db.selectFrom("assembly_job").selectAll().execute() };
}

const uuids = (count: number): Uuid[] => Array.from({ length: count }, () => uuidv7());

test("every paid order gets one ship, however often the broker repeats itself", async () => {
  const { broker } = await aService({ ASSEMBLY_MIN_MS: "0", ASSEMBLY_MAX_MS: "300" });
  const orders = uuids(40);
  const paid = orders.map(orderPaid);
  await send(broker, ...paid, ...paid);
  await send(broker, ...paid.toReversed());
  await untilAssembled(broker, orders);
  await untilHandled(broker);
  expect(await shipsPublished(broker)).toHaveLength(40);
});

test("other news of an order builds nothing", async () => {
  const { broker, jobs } = await aService();
  await send(broker, orderCancelled(uuidv7()));
  await untilHandled(broker);
  expect(await jobs()).toEqual([]);
});

test.each([
  ["is drawn between the shortest and the longest", "20000", "30000"],
  ["is fixed when both are the same", "10000", "10000"],
])("the time of a ship %s", async (_what, min, max) => {
  const { broker, jobs } = await aService({ ASSEMBLY_MIN_MS: min, ASSEMBLY_MAX_MS: max });
  await send(broker, ...uuids(30).map(orderPaid));
  await untilHandled(broker);
  const drawn = (await jobs()).map(({ build_time_ms }) => build_time_ms);
  expect(drawn).toHaveLength(30);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Number(min));
  expect(Math.max(...drawn)).toBeLessThanOrEqual(Number(max));
  expect(new Set(drawn).size === 1).toBe(min === max);
});
