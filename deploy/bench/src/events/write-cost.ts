import { insertOutbox, type OutboxTables, type Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import { closedLoop, type Sample } from "../measure.ts";
import { latencyLine, middle, print } from "./figures.ts";
import { paidOrder } from "./paid-orders.ts";

/** One round. */
export interface Writes {
  readonly bare: Sample;
  readonly withEvent: Sample;
}

/** The order's own row and history, with and without an event in the same statement; eight at a time. */
export function creates({ db }: Postgres<OutboxTables>, durationMs: number, withEvent: boolean): Promise<Sample> {
  const create = async (): Promise<void> => {
    const record = paidOrder();
    const event = insertOutbox([record], sql`new_order`);
    await sql`
      with new_order as (
        insert into orders (order_uuid, user_uuid, status, version, total_minor, currency, created_at, updated_at, expires_at, sweep_at)
        values (${record.key}, ${record.key}, 'PENDING_PAYMENT', 1, 2500000, 'USD', now(), now(), now() + interval '10 minutes', now() + interval '10 minutes') returning order_uuid
      ), told as (${withEvent ? event : sql`select`})
      insert into order_history (order_uuid, version, to_status, cause, occurred_at)
      select order_uuid, 1, 'PENDING_PAYMENT', 'CREATED', now() from new_order`.execute(db);
  };
  return closedLoop(create, 8, durationMs);
}

export function printWrites(rounds: readonly Writes[]): void {
  const added = middle(rounds, ({ bare, withEvent }) => withEvent.p50Ms - bare.p50Ms);
  print(
    "",
    "order and history in one statement, 8 at a time    p50 ms   p99 ms",
    latencyLine("without an event", rounds, ({ bare }) => bare),
    `${latencyLine("with its event in the outbox", rounds, ({ withEvent }) => withEvent)}   adds ${added.toFixed(2)} ms (p50), aim ≤ 1`,
    "",
  );
}
