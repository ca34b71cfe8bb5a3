import { silentLogger } from "@gantry/telemetry";
import { eventually, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, expect, test } from "vitest";
import { createBell } from "../src/outbox/bell.ts";
import { aPostgres } from "./fixture.ts";

async function twoBells() {
  const { url } = await testDatabase();
  const postgres = await aPostgres({ url });
  let heard = 0;
  const bell = (applicationName: string, onRing: () => void) =>
    createBell({ url, applicationName, logger: silentLogger, onRing });
  const [here, there] = [bell("here", () => undefined), bell("there", () => void heard++)];
  for (const each of [here, there]) {
    each.start();
    afterAll(() => each.stop());
  }
  const backends = async (): Promise<number> =>
    (
      await sql`select from pg_stat_activity where datname = current_database() and application_name in ('here', 'there') and query = 'listen outbox'`.execute(
        postgres.db,
      )
    ).rows.length;
  await eventually(async () => (await backends()) === 2);
  return { postgres, here, backends, heard: () => heard };
}

test("a bell is heard elsewhere, and rings that follow each other closely are one", async () => {
  const { postgres, here, heard } = await twoBells();
  for (let n = 0; n < 100; n++) here.ring();
  await eventually(() => heard() > 0);
  here.ring();
  await eventually(() => heard() > 1);
  await sql`notify outbox`.execute(postgres.db);
  await eventually(() => heard() > 2);
  expect(heard()).toBe(3);
});

test("a bell that lost its connection finds it again", async () => {
  const { postgres, here, backends, heard } = await twoBells();
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name in ('here', 'there')`.execute(
    postgres.db,
  );
  await eventually(async () => (await backends()) === 2);
  await eventually(() => {
    here.ring();
    return heard() > 0;
  });
});
