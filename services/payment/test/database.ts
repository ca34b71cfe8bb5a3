import { createFailpoints } from "@gantry/failpoints";
import { createPostgres, inboxTables, migrate, outboxTables, type Postgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { afterAll } from "vitest";
import { PostgresDecisionStore } from "../src/adapters/decision-store.postgres.ts";
import type { PaymentTables } from "../src/adapters/payment-tables.ts";

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<Postgres<PaymentTables>> {
  const { url } = await testDatabase();
  await migrateTables(url);
  return openDatabase(url);
}

export async function migrateTables(url: string): Promise<void> {
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ url, directory, logger: silentLogger, libraries: [outboxTables, inboxTables] });
}

export function openDatabase(url: string): Postgres<PaymentTables> {
  const postgres = createPostgres<PaymentTables>({ url, applicationName: "payment test", logger: silentLogger });
  afterAll(() => postgres.close());
  return postgres;
}

export const aStore = (postgres: Postgres<PaymentTables>, failpoints?: string): PostgresDecisionStore =>
  new PostgresDecisionStore(postgres, createFailpoints(failpoints));
