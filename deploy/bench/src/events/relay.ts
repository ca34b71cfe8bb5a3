import { createPostgres, migrate, type OutboxTables, outboxTables } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { sql } from "kysely";
import type { Rounds } from "../measure.ts";
import { BACKLOG, type Drain, drain, printDrain } from "./backlog.ts";
import { openCarrier } from "./carrier.ts";
import { paidOrders } from "./paid-orders.ts";
import { committedToAcked, printLatency, sentDirectly, type Waits } from "./waiting.ts";
import { creates, printWrites, type Writes } from "./write-cost.ts";

const orderMigrations = new URL("../../../../services/order/migrations/", import.meta.url);

/** How fast events leave the outbox, how long one waits there, and what writing it costs the request. */
export async function benchRelay({ rounds, roundMs }: Rounds): Promise<void> {
  await using carrier = await openCarrier();
  const url = await carrier.postgres.createDatabase("bench");
  await migrate({ url, directory: orderMigrations, libraries: [outboxTables], logger });
  const postgres = createPostgres<OutboxTables>({
    url,
    applicationName: "bench",
    logger,
    maxConnections: 16,
    connectTimeoutMs: 30_000,
  });
  try {
    const events = paidOrders(BACKLOG);
    const drains: Drain[] = [];
    const waits: Waits[] = [];
    const writes: Writes[] = [];
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      drains.push(await drain(carrier, postgres, url, events));
      waits.push({
        direct: await sentDirectly(carrier, roundMs),
        relayed: await committedToAcked(carrier, postgres, url, roundMs),
      });
      writes.push({ bare: await creates(postgres, roundMs, false), withEvent: await creates(postgres, roundMs, true) });
      await sql`truncate outbox`.execute(postgres.db);
    }
    printDrain(carrier.title, drains);
    printLatency(waits);
    printWrites(writes);
  } finally {
    await postgres.close();
  }
}
