import { CompiledQuery } from "kysely";
import type { Connection } from "../connection.ts";
import type { OutboxRow, Refusal, RowPlace } from "./settlement.ts";

/** Of the sixteen lanes a round takes so many, so that two replicas with two loops each share a backlog. */
export const LANES_PER_ROUND = 4;
/** What a round holds in memory at most. */
const MAX_ROWS = 1000;
const MAX_BYTES = 4_000_000;
/** A record that was refused so often is parked. */
const MAX_REFUSALS = 5;
const STATEMENT_TIMEOUT_MS = 5000;

/**
 * Begins a round. The planner gets no choice: its statistics of a queue are those of a moment when it was empty or full.
 * The commit does not wait for the disk: a delete that a crash of the server undoes means a repeat, not a loss.
 */
export const beginRound = (idleTimeoutMs: number): string => `begin;
  set local statement_timeout = ${STATEMENT_TIMEOUT_MS};
  set local idle_in_transaction_session_timeout = ${idleTimeoutMs};
  ${isLinux ? `set local tcp_user_timeout = ${idleTimeoutMs};` : ""}
  set local synchronous_commit = off;
  set local enable_seqscan = off; set local enable_bitmapscan = off;
  set local enable_hashjoin = off; set local enable_mergejoin = off`;

/**
 * A relay that freezes while rows are on their way to it is not idle: its backend waits in a write, which no other timeout of
 * PostgreSQL ends. Other systems do not know this one, and would log that at each round.
 */
const isLinux = process.platform === "linux";

/** Locks lanes that have something to send and that no other relay works on. The lock goes with the transaction. */
export async function claimLanes(connection: Connection): Promise<readonly number[]> {
  const { rows } = await connection.executeQuery<{ lane: number }>(claim);
  return rows.map((row) => row.lane);
}

/** Not EXISTS, which the planner may answer by reading the whole outbox first: this looks at one row of each lane. */
const claim = CompiledQuery.raw(`
  select l.lane from outbox_lane l
  where (select o.id from outbox o where o.lane = l.lane and o.parked_at is null order by o.id limit 1) is not null
  order by random() limit ${LANES_PER_ROUND}
  for update of l skip locked`);

/**
 * The first rows of lanes that are locked already, in the order of sending. A statement of its own: one that locks and
 * reads would read what was there before it got the lock.
 */
export async function readLanes(connection: Connection, lanes: readonly number[]): Promise<readonly OutboxRow[]> {
  const { rows } = await connection.executeQuery<SelectedRow>(
    CompiledQuery.raw(read, [lanes, Math.ceil(MAX_ROWS / lanes.length)]),
  );
  return rows.map(toOutboxRow);
}

const read = `
  select lane, id, event_id, topic, aggregate_id, aggregate_version, type, payload, headers,
    exists (
      select from outbox p
      where p.aggregate_id = head.aggregate_id and p.topic = head.topic and p.parked_at is not null
    ) as held
  from (
    select first_rows.*, sum(octet_length(payload)) over (order by id) - octet_length(payload) as bytes_before
    from unnest($1::smallint[]) as claimed (lane)
    cross join lateral (
      select * from outbox o where o.lane = claimed.lane and o.parked_at is null order by o.id limit $2
    ) as first_rows
  ) as head
  where bytes_before < ${MAX_BYTES}
  order by id`;

interface SelectedRow {
  readonly lane: number;
  readonly id: bigint;
  readonly event_id: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers: Record<string, string>;
  readonly held: boolean;
}

const toOutboxRow = (row: SelectedRow): OutboxRow => ({
  lane: row.lane,
  id: row.id,
  held: row.held,
  record: {
    eventId: row.event_id,
    type: row.type,
    topic: row.topic,
    key: row.aggregate_id,
    version: row.aggregate_version,
    payload: row.payload,
    headers: row.headers,
  },
});

/** Deletes rows that the broker has acknowledged. */
export const deleteRows = (connection: Connection, rows: readonly RowPlace[]): Promise<unknown> =>
  connection.executeQuery(
    CompiledQuery.raw(
      `delete from outbox o using ${places} where o.lane = place.lane and o.id = place.id and o.parked_at is null`,
      placesOf(rows),
    ),
  );

/** Parks rows whose key is parked already, so that later rounds do not read them again and again. */
export const holdRows = (connection: Connection, rows: readonly RowPlace[]): Promise<unknown> =>
  connection.executeQuery(
    CompiledQuery.raw(
      `update outbox o set parked_at = clock_timestamp() from ${places}
       where o.lane = place.lane and o.id = place.id and o.parked_at is null`,
      placesOf(rows),
    ),
  );

/** Counts refusals and parks what was refused too often, which this returns. */
export async function countRefusals(connection: Connection, refused: readonly Refusal[]): Promise<readonly Refusal[]> {
  const reasons = refused.map(({ error }) => `${error.reason}: ${error.message}`.slice(0, MAX_REASON_CHARS));
  const { rows } = await connection.executeQuery<RowPlace>(
    CompiledQuery.raw(count, [...placesOf(refused), reasons, MAX_REFUSALS]),
  );
  return refused.filter(({ id }) => rows.some((row) => row.id === id));
}

const MAX_REASON_CHARS = 500;

const count = `
  with counted as (
    update outbox o set
      attempts = o.attempts + 1,
      park_reason = place.reason,
      parked_at = case when o.attempts + 1 >= $4 then clock_timestamp() end
    from unnest($1::smallint[], $2::bigint[], $3::text[]) as place (lane, id, reason)
    where o.lane = place.lane and o.id = place.id and o.parked_at is null
    returning o.lane, o.id, o.parked_at
  )
  select lane, id from counted where parked_at is not null`;

const places = "unnest($1::smallint[], $2::bigint[]) as place (lane, id)";

const placesOf = (rows: readonly RowPlace[]): unknown[] => [rows.map((row) => row.lane), rows.map((row) => row.id)];
