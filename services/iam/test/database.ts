import { createFailpoints } from "@gantry/failpoints";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { afterAll } from "vitest";
import type { IamTables } from "../src/adapters/iam-tables.ts";
import { PostgresUserStore } from "../src/adapters/user-store.postgres.ts";

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<Postgres<IamTables>> {
  const { url } = await testDatabase();
  await migrate({ url, directory: new URL("../migrations/", import.meta.url), logger: silentLogger });
  return openDatabase(url);
}

export function openDatabase(url: string): Postgres<IamTables> {
  const postgres = createPostgres<IamTables>({ url, applicationName: "iam test", logger: silentLogger });
  afterAll(() => postgres.close());
  return postgres;
}

export const usersOf = (postgres: Postgres<IamTables>): PostgresUserStore =>
  new PostgresUserStore(postgres, createFailpoints(undefined));
