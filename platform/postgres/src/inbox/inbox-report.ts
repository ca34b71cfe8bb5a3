import type { Uuid } from "@gantry/kernel";
import { sql } from "kysely";
import type { Database } from "../executor.ts";

/** A key that waits for a person, because its first event could not be handled. */
export interface ParkedKey {
  readonly topic: string;
  readonly key: Uuid;
  /** Events held, the failed one included. */
  readonly events: number;
  readonly failedVersion: number;
  /** Reason code of the error that the last try ended with. */
  readonly reason: string;
  /** Its words, 500 characters at most. */
  readonly error: string;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  /** Replays that failed. */
  readonly replayCount: number;
  readonly replayRequested: boolean;
}

/** Events that wait for an earlier one. */
export interface VersionGap {
  readonly topic: string;
  readonly key: Uuid;
  /** The version that has not come. */
  readonly missingVersion: number;
  readonly waitingEvents: number;
  /** How long the first of them has waited, in milliseconds. */
  readonly ageMs: number;
}

const MAX_ENTRIES = 100;

export async function parkedKeys(db: Database, consumer: string): Promise<readonly ParkedKey[]> {
  const { rows } = await sql<ParkedKey>`
    select p.topic, p.aggregate_id as key, c.held as events, p.failed_version as "failedVersion", p.reason, p.error,
      p.first_failed_at as "firstFailedAt", p.last_failed_at as "lastFailedAt", p.replay_count as "replayCount",
      p.replay_requested_at is not null as "replayRequested"
    from parked_key p join inbox_cursor c using (consumer, topic, aggregate_id)
    where p.consumer = ${consumer} order by p.first_failed_at limit ${MAX_ENTRIES}`.execute(db);
  return rows;
}

export async function gaps(db: Database, consumer: string): Promise<readonly VersionGap[]> {
  const { rows } = await sql<VersionGap>`
    select topic, aggregate_id as key, c.last_version + 1 as "missingVersion", count(*)::integer as "waitingEvents",
      extract(epoch from clock_timestamp() - min(r.received_at))::float8 * 1000 as "ageMs"
    from resequence r join inbox_cursor c using (consumer, topic, aggregate_id)
    where consumer = ${consumer}
    group by topic, aggregate_id, c.last_version order by "ageMs" desc limit ${MAX_ENTRIES}`.execute(db);
  return rows;
}
