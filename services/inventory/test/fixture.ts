import { connectMongo, type Mongo } from "@gantry/mongo";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { createLifecycle } from "@gantry/runtime";
import { silentLogger } from "@gantry/telemetry";
import { type TestIdentity, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { compose, migrateDatabase } from "../src/compose.ts";
import { inventoryConfig } from "../src/config.ts";
import type { PartTables } from "../src/parts-catalog.postgres.ts";

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<Postgres<PartTables>> {
  const { url } = await testDatabase();
  await migrate({ url, directory: new URL("../migrations/", import.meta.url), logger: silentLogger });
  const postgres = createPostgres<PartTables>({ url, applicationName: "inventory test", logger: silentLogger });
  afterAll(() => postgres.close());
  return postgres;
}

/** An empty database on the given server, dropped after the file. */
export function aMongo(url: string, database = aMongoName()): Mongo {
  const mongo = connectMongo({ url, database, applicationName: "inventory test", logger: silentLogger });
  afterAll(async () => {
    await mongo.db.dropDatabase();
    await mongo.close();
  });
  return mongo;
}

export const aMongoName = (): string => `test_${crypto.randomUUID().replaceAll("-", "")}`;

export interface RunningService {
  readonly url: string;
  readonly identity: TestIdentity;
}

/** The whole service in this process, on a port that the kernel chose. Stopped after the file. */
export async function aService(env: Readonly<Record<string, string>>): Promise<RunningService> {
  const identity = testIdentity();
  const context = { config: inventoryConfig.load({ ...identity.env("inventory"), ...env }), logger: silentLogger };
  await migrateDatabase(context);
  const components = compose(context);
  const lifecycle = createLifecycle({ components, logger: silentLogger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  const port = components.find(({ name }) => name === "rpc")?.port;
  return { url: `http://127.0.0.1:${port}`, identity };
}
