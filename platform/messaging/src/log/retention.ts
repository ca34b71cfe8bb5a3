import type { Logger } from "@gantry/telemetry";
import { sql } from "kysely";
import type { LogDatabase } from "./log-database.ts";
import { createLoop, type Loop } from "./loop.ts";

/** How long the log keeps messages, whether somebody read them or not. */
export interface LogRetention {
  /** Default 7 days. */
  readonly maxAgeMs?: number;
  /** Of one topic: when there are more, the oldest go. Default 1 000 000. */
  readonly maxMessages?: number;
  /** How often somebody looks. Default 60 000. */
  readonly everyMs?: number;
}

const DAY_MS = 24 * 60 * 60_000;
const DEFAULTS = { maxAgeMs: 7 * DAY_MS, maxMessages: 1_000_000, everyMs: 60_000 };
/** One statement removes no more, so that nobody waits for it. */
const BATCH = 1000;

/** Removes what is too old or too much. Any number of processes may do it at once. */
export function createRetention(database: LogDatabase, logger: Logger, retention: LogRetention): Loop {
  const limits = { ...DEFAULTS, ...retention };
  return createLoop(limits.everyMs, async () => {
    try {
      const removed = await removeSome(database, limits);
      if (removed > 0) logger.debug({ removed }, "old messages were removed");
      return removed > 0;
    } catch (error) {
      logger.debug({ err: error }, "old messages could not be removed; trying again");
      return false;
    }
  });
}

/** A batch of the oldest partition of each topic that has too much. */
async function removeSome(database: LogDatabase, { maxAgeMs, maxMessages }: Required<LogRetention>): Promise<number> {
  const { db } = await database.ready();
  const { rows } = await sql<{ removed: number }>`
    with heads as (
      select p.topic_id, p.partition, p.first_offset, head.sent_at,
        sum(p.next_offset - p.first_offset) over (partition by p.topic_id) as messages
      from log_partition p
      cross join lateral (
        select sent_at from log_message m
        where m.topic_id = p.topic_id and m.partition = p.partition and m."offset" >= p.first_offset
        order by m."offset" limit 1
      ) as head
      where p.next_offset > p.first_offset
    ),
    oldest as (
      select distinct on (topic_id) topic_id, partition, first_offset,
        clock_timestamp() - ${maxAgeMs}::bigint * interval '1 ms' as too_old,
        first_offset + greatest(0, messages - ${maxMessages}::bigint) as too_many
      from heads order by topic_id, sent_at
    ),
    removed as (
      delete from log_message m using oldest o
      where m.topic_id = o.topic_id and m.partition = o.partition
        and m."offset" >= o.first_offset and m."offset" < o.first_offset + ${BATCH}::int
        and (m.sent_at < o.too_old or m."offset" < o.too_many)
      returning m.topic_id, m.partition, m."offset"
    ),
    cut as (
      update log_partition p set first_offset = greatest(p.first_offset, r.next)
      from (select topic_id, partition, max("offset") + 1 as next from removed group by 1, 2) as r
      where p.topic_id = r.topic_id and p.partition = r.partition
    )
    select count(*)::int as removed from removed`.execute(db);
  return rows[0]?.removed ?? 0;
}
