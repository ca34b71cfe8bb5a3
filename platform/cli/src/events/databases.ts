import { AppError } from "@gantry/kernel";
import { createPostgres, type InboxTables, type OutboxTables, type Postgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { sql } from "kysely";

/** The tables of events that a service may have. */
export interface EventTables extends OutboxTables, InboxTables {}

/** The database of one service, as far as events go. */
export interface EventDatabase {
  readonly service: string;
  readonly postgres: Postgres<EventTables>;
  readonly hasOutbox: boolean;
  readonly hasInbox: boolean;
}

/** "No such database": a service of this system that has none. */
const NO_DATABASE = "3D000";

/**
 * Runs `work` on the database of a service, and closes it.
 * @returns undefined when there is nothing about events in it
 * @throws AppError when it cannot be reached
 */
export async function onDatabase<T>(
  service: string,
  url: string,
  work: (database: EventDatabase) => Promise<T>,
): Promise<T | undefined> {
  const postgres = createPostgres<EventTables>({
    url,
    applicationName: "gantry events",
    logger: silentLogger,
    maxConnections: 2,
  });
  try {
    const tables = await tablesOf(postgres);
    if (!(tables.hasOutbox || tables.hasInbox)) return undefined;
    return await work({ service, postgres, ...tables });
  } catch (error) {
    if (AppError.is(error) && error.meta.sqlState === NO_DATABASE) return undefined;
    throw error;
  } finally {
    await postgres.close();
  }
}

async function tablesOf({ db }: Postgres<EventTables>): Promise<Pick<EventDatabase, "hasOutbox" | "hasInbox">> {
  const { rows } = await sql<Pick<EventDatabase, "hasOutbox" | "hasInbox">>`
    select to_regclass('outbox') is not null as "hasOutbox", to_regclass('inbox_cursor') is not null as "hasInbox"
  `.execute(db);
  return rows[0] ?? { hasOutbox: false, hasInbox: false };
}

/** A consumer that took something in, and the topics it came from. */
export interface KnownConsumer {
  readonly consumer: string;
  readonly topics: readonly string[];
}

/** Steps from one consumer and topic to the next in the index, so that it takes no longer with a million aggregates. */
export async function consumersOf({ postgres, hasInbox }: EventDatabase): Promise<readonly KnownConsumer[]> {
  if (!hasInbox) return [];
  const { rows } = await sql<{ consumer: string; topic: string }>`
    with recursive pair as (
      (select consumer, topic from inbox_cursor order by consumer, topic limit 1)
      union all
      select next.consumer, next.topic from pair, lateral (
        select consumer, topic from inbox_cursor
        where (consumer, topic) > (pair.consumer, pair.topic) order by consumer, topic limit 1
      ) next
    )
    select consumer, topic from pair`.execute(postgres.db);
  const byConsumer = Map.groupBy(rows, ({ consumer }) => consumer);
  return [...byConsumer].map(([consumer, pairs]) => ({ consumer, topics: pairs.map(({ topic }) => topic) }));
}
