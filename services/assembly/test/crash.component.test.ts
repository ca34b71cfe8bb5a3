import { uuidv7 } from "@gantry/kernel";
import { createPostgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { afterAll, expect, test, vi } from "vitest";
import type { AssemblyTables } from "../src/jobs.postgres.ts";
import { orderPaid, send, shipsPublished, untilAssembled } from "./events.ts";
import { startProcess, surroundings } from "./process.ts";

/** Processes start twice, on a machine that runs other tests as well. */
vi.setConfig({ testTimeout: 180_000 });

const orders = (count: number) => Array.from({ length: count }, () => uuidv7());

function openDatabase(url: string) {
  const postgres = createPostgres<AssemblyTables>({ url, applicationName: "test", logger: silentLogger });
  afterAll(() => postgres.close());
  return postgres.db;
}

test("a thousand ships, killed in the middle: each is built once, none early, with the time drawn before", async () => {
  const around = await surroundings();
  const times = { ASSEMBLY_MIN_MS: "500", ASSEMBLY_MAX_MS: "4000" };
  const killed = await startProcess(around, times);
  const paid = orders(1000);
  await send(around.broker, ...paid.map(orderPaid));
  const db = openDatabase(around.postgresUrl);
  const jobs = () => db.selectFrom("assembly_job").selectAll().orderBy("order_uuid").execute();
  await eventually(async () => expect((await shipsPublished(around.broker)).length).toBeGreaterThan(100), {
    withinMs: 60_000,
  });
  killed.kill("SIGKILL");
  expect(await killed.exited).toEqual([null, "SIGKILL"]);
  const before = await jobs();

  const next = await startProcess(around, times);
  await untilAssembled(around.broker, paid);
  const after = await jobs();
  expect(after).toHaveLength(1000);
  expect(after.filter(({ finished_at, due_at }) => finished_at === null || finished_at < due_at)).toEqual([]);
  const drawn = new Map(after.map((job) => [job.order_uuid, job]));
  for (const { order_uuid, due_at } of before) expect(drawn.get(order_uuid)?.due_at).toEqual(due_at);

  next.kill("SIGTERM");
  expect(await next.exited).toEqual([0, null]);
});

test("killed between claim and commit, it has told nothing and begins again", async () => {
  const around = await surroundings();
  const times = { ASSEMBLY_MIN_MS: "0", ASSEMBLY_MAX_MS: "0" };
  const killed = await startProcess(around, { ...times, FP: "assembly.after_claim:kill:1" });
  const paid = orders(5);
  await send(around.broker, ...paid.map(orderPaid));
  expect(await killed.exited).toEqual([null, "SIGKILL"]);
  expect(await killed.stderr).toContain("failpoint fired: assembly.after_claim kill");
  expect(await shipsPublished(around.broker)).toEqual([]);
  await startProcess(around, times);
  await untilAssembled(around.broker, paid);
});
