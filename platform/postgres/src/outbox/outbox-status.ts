import type { Uuid } from "@gantry/kernel";
import { sql } from "kysely";
import type { Database, OpenTransaction } from "../executor.ts";

/** What waits in an outbox. */
export interface OutboxStatus {
  /** Events that are to be sent, without the parked ones. */
  readonly rows: number;
  /** How long the oldest of them has waited, in milliseconds. 0 when there is none. */
  readonly oldestAgeMs: number;
  /** What waits for a person, oldest first, 100 at most. */
  readonly parkedKeys: readonly ParkedOutboxKey[];
}

/** The events of one aggregate in one topic of which the broker does not take the first. */
export interface ParkedOutboxKey {
  readonly topic: string;
  readonly key: Uuid;
  /** Events held, the refused one included. */
  readonly events: number;
  readonly firstVersion: number;
  readonly parkedAt: Date;
  readonly reason: string;
}

/** Counts what waits. Takes about a second for a million events: for people and for a gauge, not for each request. */
export async function outboxStatus(db: Database): Promise<OutboxStatus> {
  const waiting = sql<{ rows: number; ageMs: number }>`
    select count(*)::integer as rows,
      coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float8 as "ageMs"
    from outbox where parked_at is null`.execute(db);
  const parked = sql<ParkedOutboxKey>`
    select topic, aggregate_id as key, count(*)::integer as events, min(aggregate_version) as "firstVersion",
      min(parked_at) as "parkedAt", coalesce(max(park_reason), '') as reason
    from outbox where parked_at is not null
    group by topic, aggregate_id order by min(parked_at) limit 100`.execute(db);
  const [row] = (await waiting).rows;
  return { rows: row?.rows ?? 0, oldestAgeMs: row?.ageMs ?? 0, parkedKeys: (await parked).rows };
}

/**
 * Lets the parked events of an aggregate be sent again, in order, in all topics. Waits for the relay that works on its lane,
 * which takes up to the time of a send.
 * @returns how many events were parked
 */
export async function unparkOutbox(trx: OpenTransaction, key: Uuid): Promise<number> {
  // The lane first, in a statement of its own: a relay that just parks a later event of the key must have finished.
  await sql`select from outbox_lane
    where lane in (select lane from outbox where aggregate_id = ${key} and parked_at is not null) for update`.execute(
    trx,
  );
  const { numAffectedRows } = await sql`
    update outbox set parked_at = null, park_reason = null, attempts = 0
    where aggregate_id = ${key} and parked_at is not null`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}
