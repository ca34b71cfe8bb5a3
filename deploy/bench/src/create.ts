import { randomUUID } from "node:crypto";
import { createIdentitySigner, IDENTITY_HEADER } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { migrate, outboxTables } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { startEmbeddedPostgres } from "@gantry/testing";
import pg from "pg";
import { contest } from "./contest.ts";
import { loadHttp1 } from "./load-http1.ts";
import type { Contender, Rounds } from "./measure.ts";
import { createBody } from "./order-request.ts";
import { startServer } from "./server-process.ts";
import { type BenchSystem, startBenchSystem } from "./system.ts";

const CONNECTIONS = 16;
const QUARTER_SEC = 900;
const migrations = new URL("../../../services/order/migrations/", import.meta.url);

/** Creating an order, with everything that belongs to it, against the same rows written by one bare statement. */
export async function benchCreate(rounds: Rounds): Promise<void> {
  await contest(
    "POST /orders with two lines and an Idempotency-Key, durable PostgreSQL, 16 connections",
    rounds,
    [await floor(), await service()],
    [{ contender: "order service", ratio: 0.3 }],
  );
}

async function floor(): Promise<Contender> {
  const postgres = await startEmbeddedPostgres({ durable: true });
  const url = await postgres.createDatabase("floor");
  await migrate({ url, directory: migrations, libraries: [outboxTables], logger });
  const server = await startServer("create-floor.ts", { env: { BENCH_POSTGRES_URL: url } });
  return {
    name: "one statement, bare Hono",
    round: (durationMs) => load(`http://127.0.0.1:${server.port}`, {}, createBody, durationMs),
    async close() {
      await server.stop();
      await postgres.stop();
    },
  };
}

async function service(): Promise<Contender> {
  const system = await startBenchSystem();
  const headers = await identityOfSomebody(system);
  const body = JSON.stringify({ items: system.partUuids.map((part_uuid) => ({ part_uuid, quantity: 2 })) });
  const database = new pg.Client({ connectionString: system.stack.postgres?.url("order") ?? "" });
  await database.connect();
  let requests = 0;
  return {
    name: "order service",
    async round(durationMs) {
      const sample = await load(system.stack.urls.order ?? "", headers, body, durationMs);
      requests += sample.perSecond * (durationMs / 1000);
      return sample;
    },
    async close() {
      await printRoundTrips(database, requests);
      await database.end();
      await system[Symbol.asyncDispose]();
    },
  };
}

/** At the service's own port, as the gateway would hand somebody on: the gateway has a benchmark of its own. */
async function identityOfSomebody({ stack }: BenchSystem): Promise<Readonly<Record<string, string>>> {
  const signer = createIdentitySigner({ privateJwk: stack.identity.privateJwk("users"), ttlSec: QUARTER_SEC });
  return { [IDENTITY_HEADER]: await signer.user(uuidv7(), uuidv7()) };
}

const load = (baseUrl: string, headers: Readonly<Record<string, string>>, body: string, durationMs: number) =>
  loadHttp1({
    url: `${baseUrl}/api/v1/orders`,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    newHeaders: () => ({ "idempotency-key": randomUUID() }),
    body,
    connections: CONNECTIONS,
    durationMs,
    expectStatus: 201,
  });

/** Every statement of the order service is a transaction of its own, so the server's count of them is one of round trips. */
async function printRoundTrips(database: pg.Client, requests: number): Promise<void> {
  await database.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await database.query<{ count: string }>(
    "SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()",
  );
  const perRequest = Number(rows[0]?.count) / requests;
  process.stdout.write(
    `\n${perRequest.toFixed(2)} database round trips a create (sweeps and probes included), and one call of inventory\n`,
  );
}
