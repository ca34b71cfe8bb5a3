import { gauge, type Logger } from "@gantry/telemetry";
import { CompiledQuery } from "kysely";
import type { Connection } from "../connection.ts";

/** Measures the outbox now and then: how much waits, how long, and what is parked. */
export interface OutboxWatch {
  start(): void;
  /** Waits for the look under way. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 10_000;
/** A backlog beyond this is told as this: counting costs, and the alarm is the age. */
const MAX_COUNTED = 100_000;

/** @param connect gives a connection of the relay's own, which is released after each look */
export function createOutboxWatch(connect: () => Promise<Connection>, logger: Logger): OutboxWatch {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  const look = (): void => {
    looking ??= measure(connect)
      .catch((error: unknown) => logger.debug({ error }, "the outbox could not be measured"))
      .finally(() => {
        looking = undefined;
      });
  };
  return {
    start: () => {
      look();
      timer = setInterval(look, INTERVAL_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

interface Measures {
  readonly rows: number;
  readonly ageSeconds: number;
  readonly parkedKeys: number;
}

async function measure(connect: () => Promise<Connection>): Promise<void> {
  const connection = await connect();
  try {
    const { rows } = await connection.executeQuery<Measures>(measures);
    for (const row of rows) record(row);
  } finally {
    connection.release();
  }
}

function record({ rows, ageSeconds, parkedKeys }: Measures): void {
  gauge("outboxRows", rows);
  gauge("outboxOldestAge", ageSeconds);
  gauge("parkedKeys", parkedKeys);
}

/** The first row of each lane is its oldest, near enough. */
const measures = CompiledQuery.raw(`
  select
    (select count(*) from (select from outbox where parked_at is null limit ${MAX_COUNTED}) waiting)::integer as rows,
    coalesce((
      select extract(epoch from clock_timestamp() - min(head.created_at))
      from outbox_lane l cross join lateral (
        select created_at from outbox o where o.lane = l.lane and o.parked_at is null order by o.id limit 1
      ) head
    ), 0)::float8 as "ageSeconds",
    (select count(distinct (topic, aggregate_id)) from outbox where parked_at is not null)::integer as "parkedKeys"`);
