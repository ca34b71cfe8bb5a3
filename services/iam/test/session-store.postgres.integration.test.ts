import { createPostgres, migrate } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll } from "vitest";
import type { IamTables } from "../src/adapters/iam-tables.ts";
import { PostgresSessionStore } from "../src/adapters/session-store.postgres.ts";
import { sessionStoreContract } from "./session-store.contract.ts";
import { severable } from "./severable.ts";

sessionStoreContract("PostgreSQL", async (idleMs) => {
  const { url } = await testDatabase();
  await migrate({ url, directory: new URL("../migrations/", import.meta.url), logger: silentLogger });
  const way = await severable(url);
  const postgres = createPostgres<IamTables>({ url: way.url, applicationName: "test", logger: silentLogger });
  afterAll(async () => {
    await postgres.close();
    await way[Symbol.asyncDispose]();
  });
  return {
    store: new PostgresSessionStore(postgres, idleMs),
    cut: way.cut,
    heal: way.heal,
    async everything() {
      const { rows } = await sql<{ row: string }>`select session::text as row from session`.execute(postgres.db);
      return rows.map(({ row }) => row).join("\n");
    },
  };
});
