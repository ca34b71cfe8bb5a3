import { createFailpoints } from "@gantry/failpoints";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { type Component, createLifecycle } from "@gantry/runtime";
import { createLogger, silentLogger } from "@gantry/telemetry";
import { type TestIdentity, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { type PaymentTables, PostgresDecisionStore } from "../src/adapters/decision-store.postgres.ts";
import { compose, migrateDatabase } from "../src/compose.ts";
import { type PaymentConfig, paymentConfig } from "../src/config.ts";

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<Postgres<PaymentTables>> {
  const { url } = await testDatabase();
  await migrate({ url, directory: new URL("../migrations/", import.meta.url), logger: silentLogger });
  return openDatabase(url);
}

export function openDatabase(url: string): Postgres<PaymentTables> {
  const postgres = createPostgres<PaymentTables>({ url, applicationName: "payment test", logger: silentLogger });
  afterAll(() => postgres.close());
  return postgres;
}

export const aStore = (postgres: Postgres<PaymentTables>, failpoints?: string): PostgresDecisionStore =>
  new PostgresDecisionStore(postgres, createFailpoints(failpoints));

export const aConfig = (postgresUrl: string, identity: TestIdentity): PaymentConfig =>
  paymentConfig.load({ ...identity.env("payment"), PAYMENT_POSTGRES_URL: postgresUrl });

export interface RunningService {
  readonly url: string;
  readonly identity: TestIdentity;
  /** The lines logged so far with this message. */
  logged(message: string): readonly Record<string, unknown>[];
}

/** The whole service in this process, on a database of its own and a port that the kernel chose. Stopped after the file. */
export async function aService(): Promise<RunningService> {
  const identity = testIdentity();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "payment", destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const context = { config: aConfig((await testDatabase()).url, identity), logger };
  await migrateDatabase(context);
  const components = compose(context);
  const lifecycle = createLifecycle({ components, logger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  const logged = (wanted: string) => lines.filter(({ message }) => message === wanted);
  return { url: `http://127.0.0.1:${portOf(components)}`, identity, logged };
}

const portOf = (components: readonly Component[]): number =>
  components.find(({ name }) => name === "rpc")?.port ?? Number.NaN;
