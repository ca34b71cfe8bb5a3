import { sql } from "kysely";
import type { Database } from "../executor.ts";

/** How long inbox rows stay. */
export interface InboxRetention {
  /** In days. */
  readonly maxAgeDays: number;
  /** Of all consumers of the database together. */
  readonly maxRows: number;
}

const BATCH_ROWS = 1000;
const MAX_BATCHES = 100;

/** Deletes rows beyond the retention, oldest first, in short statements. @returns how many */
export async function retireRows(db: Database, retention: InboxRetention): Promise<number> {
  let removed = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const count = await retireBatch(db, retention);
    removed += count;
    if (count < BATCH_ROWS) break;
  }
  return removed;
}

async function retireBatch(db: Database, { maxAgeDays, maxRows }: InboxRetention): Promise<number> {
  const { numAffectedRows } = await sql`
    with oldest as (
      select consumer, event_id, seq, processed_at from inbox order by seq limit ${BATCH_ROWS} for update skip locked
    )
    delete from inbox using oldest
    where inbox.consumer = oldest.consumer and inbox.event_id = oldest.event_id and (
      oldest.processed_at < clock_timestamp() - make_interval(days => ${maxAgeDays})
      or oldest.seq <= (select max(seq) from inbox) - ${maxRows}::bigint
    )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
