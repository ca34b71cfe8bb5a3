import { setTimeout as pause } from "node:timers/promises";
import type { EventRecord } from "@gantry/kernel";
import { insertOutbox, type OutboxTables, type Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import { forEachAtOnce } from "../parallel.ts";
import { startServer } from "../server-process.ts";
import type { Carrier } from "./carrier.ts";
import { middle, print, ratio, whole } from "./figures.ts";
import { codec, inGroups } from "./paid-orders.ts";

export const BACKLOG = 100_000;
const REPLICAS = 2;
const GROUP = 500;
const POLL_MS = 20;

/** Events a second. */
export interface Drain {
  readonly insertPerSecond: number;
  readonly producePerSecond: number;
  readonly drainPerSecond: number;
}

/** Fills the outbox while its lanes are locked, then lets the relays of two processes at it. */
export async function drain(
  { broker, env }: Carrier,
  postgres: Postgres<OutboxTables>,
  url: string,
  events: readonly EventRecord[],
): Promise<Drain> {
  const groups = inGroups(events, GROUP);
  const producePerSecond = await rate(() =>
    forEachAtOnce(groups, 4, async (group) => {
      const outcomes = await broker.send(group.map(codec.toMessage));
      for (const outcome of outcomes) if (!outcome.acked) throw outcome.error;
    }),
  );
  const locked = await postgres.db.startTransaction().execute();
  await sql`select from outbox_lane for update`.execute(locked);
  const insertPerSecond = await rate(async () => {
    for (const group of groups) await insertOutbox(group).execute(postgres.db);
  });
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () =>
      startServer("relay-replica.ts", { env: { ...env, BENCH_POSTGRES_URL: url } }),
    ),
  );
  try {
    await locked.commit().execute();
    return { insertPerSecond, producePerSecond, drainPerSecond: await rate(() => untilEmpty(postgres)) };
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
  }
}

async function rate(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (BACKLOG * 1000) / (performance.now() - start);
}

async function untilEmpty({ db }: Postgres<OutboxTables>): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ left: boolean }>`select exists (select from outbox) as left`.execute(db);
    if (rows[0]?.left === false) return;
    await pause(POLL_MS);
  }
}

export function printDrain(title: string, drains: readonly Drain[]): void {
  print(
    "",
    `a backlog of ${BACKLOG} events, ${title}, durable PostgreSQL; medians of ${drains.length} rounds`,
    "",
    "                                         events/s   ratio",
    `raw produce, ${GROUP} a send, 4 at once        ${whole(middle(drains, (each) => each.producePerSecond))}    1.00`,
    `raw insert into the outbox, ${GROUP} a time    ${whole(middle(drains, (each) => each.insertPerSecond))}${ratio(middle(drains, (each) => each.insertPerSecond / each.producePerSecond))}`,
    `relayed by ${REPLICAS} processes, acknowledged   ${whole(middle(drains, (each) => each.drainPerSecond))}${ratio(middle(drains, (each) => each.drainPerSecond / each.producePerSecond))}   aim ≥ 10000 events/s on Kafka`,
  );
}
