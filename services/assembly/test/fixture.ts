import { fromBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { createFailpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import { ShipAssembledSchema } from "@gantry/gen/proto/gantry/assembly/v1/events_pb";
import { type Uuid, uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { createPostgres, type Postgres } from "@gantry/postgres";
import type { Worker } from "@gantry/runtime";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { createAssembler } from "../src/assembler.ts";
import { migrateDatabase } from "../src/compose.ts";
import { type AssemblyConfig, assemblyConfig } from "../src/config.ts";
import { type AssemblyTables, beginJob, type Job } from "../src/jobs.postgres.ts";

export const identity = testIdentity(["assembly"]);
const codec = createEventCodec(events);

export const aConfig = (postgresUrl: string, more: Readonly<Record<string, string>> = {}): AssemblyConfig =>
  assemblyConfig.load({ ...identity.env("assembly"), ASSEMBLY_POSTGRES_URL: postgresUrl, ...more });

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<Postgres<AssemblyTables> & { readonly url: string }> {
  const { url } = await testDatabase();
  await migrateDatabase({ config: aConfig(url), logger: silentLogger });
  const postgres = createPostgres<AssemblyTables>({ url, applicationName: "assembly test", logger: silentLogger });
  afterAll(() => postgres.close());
  return { ...postgres, url };
}

export const aJob = (buildTimeMs: number): Job => ({
  orderUuid: uuidv7(),
  userUuid: uuidv7(),
  buildTimeMs,
  traceHeaders: {},
});

export const begin = ({ transaction }: Postgres<AssemblyTables>, ...jobs: readonly Job[]): Promise<void> =>
  transaction(async (trx) => {
    for (const job of jobs) await beginJob(trx, job);
  });

/** A replica's assembler, stopped after the file. */
export function anAssembler(postgres: Postgres<AssemblyTables>, spec?: string): Worker {
  const needs = { postgres, codec, failpoints: createFailpoints(spec), intervalMs: 20, logger: silentLogger };
  const assembler = createAssembler({ ...needs, onFinished: () => undefined });
  afterAll(() => assembler.stop());
  return assembler;
}

/** The ShipAssembled events that wait in the outbox. */
export async function shipsTold({ db }: Postgres<AssemblyTables>) {
  const rows = await db.selectFrom("outbox").select(["aggregate_id", "payload", "topic"]).orderBy("id").execute();
  return rows.map(({ payload }) => fromBinary(ShipAssembledSchema, payload));
}

export const jobOf = ({ db }: Postgres<AssemblyTables>, orderUuid: Uuid) =>
  db.selectFrom("assembly_job").selectAll().where("order_uuid", "=", orderUuid).executeTakeFirstOrThrow();

export const aShip = ({ orderUuid, userUuid }: Job) =>
  codec.record(ShipAssembledSchema, { orderUuid, userUuid, version: 1, occurredAt: timestampNow(), buildTimeSec: 1 });
