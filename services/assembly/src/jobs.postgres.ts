import type { EventRecord, Uuid } from "@gantry/kernel";
import { type InboxTables, insertOutbox, type OutboxTables } from "@gantry/postgres";
import { type ColumnType, type Generated, type Kysely, sql, type Transaction } from "kysely";

/** migrations/0001_create_assembly_job.sql */
interface JobTable {
  order_uuid: Uuid;
  user_uuid: Uuid;
  build_time_ms: number;
  due_at: Date;
  state: Generated<"BUILDING" | "DONE">;
  trace_headers: ColumnType<TraceHeaders, string, string>;
  created_at: Generated<Date>;
  finished_at: Date | null;
}

export interface AssemblyTables extends OutboxTables, InboxTables {
  assembly_job: JobTable;
}

type TraceHeaders = Readonly<Record<string, string>>;

/** A ship to build. */
export interface Job {
  readonly orderUuid: Uuid;
  readonly userUuid: Uuid;
  readonly buildTimeMs: number;
  /** The trace that the ship belongs to, as headers. */
  readonly traceHeaders: TraceHeaders;
}

/** A ship whose time has come. */
export interface DueJob extends Job {
  readonly createdAt: Date;
  readonly dueAt: Date;
  /** Now, on the database's clock, and not before `dueAt`. */
  readonly finishedAt: Date;
}

/** Begins to build a ship, unless that order's is begun already: then its time stays as it was drawn. */
export async function beginJob(trx: Transaction<AssemblyTables>, job: Job): Promise<void> {
  const buildTime = sql<Date>`clock_timestamp() + ${job.buildTimeMs}::integer * interval '1 millisecond'`;
  await trx
    .insertInto("assembly_job")
    .values({
      order_uuid: job.orderUuid,
      user_uuid: job.userUuid,
      build_time_ms: job.buildTimeMs,
      due_at: buildTime,
      trace_headers: JSON.stringify(job.traceHeaders),
    })
    .onConflict((conflict) => conflict.column("order_uuid").doNothing())
    .execute();
}

/** Takes ships whose time has come, the longest overdue first, for this transaction alone: others pass them by. */
export async function claimDue(trx: Transaction<AssemblyTables>, limit: number): Promise<readonly DueJob[]> {
  // In whole milliseconds, which is what a Date and the event can carry: rounded up it would be early.
  const { rows } = await sql<DueJob>`
    with moment as materialized (select date_trunc('milliseconds', clock_timestamp()) as now)
    select order_uuid as "orderUuid", user_uuid as "userUuid", build_time_ms as "buildTimeMs",
      trace_headers as "traceHeaders", created_at as "createdAt", due_at as "dueAt", now as "finishedAt"
    from assembly_job, moment
    where state = 'BUILDING' and due_at <= now
    order by due_at
    limit ${limit}
    for update of assembly_job skip locked`.execute(trx);
  return rows;
}

/** Marks claimed ships as done and puts their events into the outbox, in one statement. */
export async function finish(
  trx: Transaction<AssemblyTables>,
  jobs: readonly DueJob[],
  records: readonly EventRecord[],
): Promise<void> {
  const [first] = jobs;
  if (first === undefined) return;
  const orders = jobs.map(({ orderUuid }) => orderUuid);
  await sql`
    with done as (
      update assembly_job set state = 'DONE', finished_at = ${first.finishedAt}
      where order_uuid = any(${orders}::uuid[]) and state = 'BUILDING'
      returning order_uuid
    )
    ${insertOutbox(records, sql.table("done"))}`.execute(trx);
}

/** Milliseconds until the next ship is due; negative when it is overdue, undefined when none is being built. */
export async function nextDueInMs(db: Kysely<AssemblyTables>): Promise<number | undefined> {
  const { rows } = await sql<{ readonly in_ms: number | null }>`
    select (extract(epoch from min(due_at) - clock_timestamp()) * 1000)::float8 as in_ms
    from assembly_job where state = 'BUILDING'`.execute(db);
  return rows[0]?.in_ms ?? undefined;
}
