import { createFailpoints } from "@gantry/failpoints";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { afterAll } from "vitest";
import { type PaymentTables, PostgresDecisionStore } from "../src/adapters/decision-store.postgres.ts";

export const migrations = new URL("../migrations/", import.meta.url);

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<{ readonly url: string; readonly postgres: Postgres<PaymentTables> }> {
  const { url } = await testDatabase();
  await migrate({ url, directory: migrations, logger: silentLogger });
  const postgres = createPostgres<PaymentTables>({ url, applicationName: "payment test", logger: silentLogger });
  afterAll(() => postgres.close());
  return { url, postgres };
}

export const aStore = (postgres: Postgres<PaymentTables>, failpoints?: string): PostgresDecisionStore =>
  new PostgresDecisionStore(postgres, createFailpoints(failpoints));
