import { AppError, type EventRecord } from "@gantry/kernel";
import { sql } from "kysely";
import type { Database, OpenTransaction } from "../executor.ts";
import type { Cursor, EventKey } from "./cursors.ts";

/** Where events are set aside: `resequence` waits for an earlier event, `parked` for a person. */
export type Shelf = "resequence" | "parked";

/** What the shelves hold at most, so that a fault fills neither the database nor the memory. */
export interface HeldLimits {
  /** Events of one key. */
  readonly perKey: number;
  /** Events of a consumer, on each shelf; members that work at the same time may exceed it by a batch each. */
  readonly total: number;
}

interface HeldRow {
  readonly topic: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly event_id: string;
  readonly type: string;
  readonly headers: Record<string, string>;
  readonly payload: Uint8Array;
}

/**
 * Sets events aside; one whose version is there already is dropped.
 * @returns the keys of those that are new there, one entry each
 */
export async function putAside(
  trx: OpenTransaction,
  shelf: Shelf,
  consumer: string,
  records: readonly EventRecord[],
): Promise<readonly EventKey[]> {
  if (records.length === 0) return [];
  const { rows } = await sql<EventKey>`
    insert into ${sql.table(shelf)}
      (consumer, topic, aggregate_id, aggregate_version, event_id, type, headers, payload)
    select ${consumer}, event.* from unnest(
      ${records.map((each) => each.topic)}::text[],
      ${records.map((each) => each.key)}::uuid[],
      ${records.map((each) => each.version)}::integer[],
      ${records.map((each) => each.eventId)}::uuid[],
      ${records.map((each) => each.type)}::text[],
      ${records.map((each) => JSON.stringify(each.headers))}::jsonb[],
      ${records.map((each) => Buffer.from(each.payload))}::bytea[]
    ) as event
    on conflict do nothing
    returning topic, aggregate_id as key`.execute(trx);
  return rows;
}

/** Moves all that a key has on one shelf to the other. */
export async function moveShelf(
  trx: OpenTransaction,
  consumer: string,
  { topic, key }: EventKey,
  from: Shelf,
  to: Shelf,
): Promise<void> {
  await sql`
    with moved as (
      delete from ${sql.table(from)} where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key}
      returning *
    )
    insert into ${sql.table(to)} select * from moved on conflict do nothing`.execute(trx);
}

/** Takes off the shelf what follows each cursor without a gap, in order; what lies before it goes too, unseen. */
export async function takeFollowing(
  trx: OpenTransaction,
  consumer: string,
  cursors: readonly Cursor[],
): Promise<{ readonly removed: readonly EventKey[]; readonly records: readonly EventRecord[] }> {
  if (cursors.length === 0) return { removed: [], records: [] };
  const { rows } = await sql<HeldRow & { readonly last_version: number }>`
    with reached as (
      select * from unnest(
        ${cursors.map((each) => each.topic)}::text[],
        ${cursors.map((each) => each.key)}::uuid[],
        ${cursors.map((each) => each.lastVersion)}::integer[]
      ) as reached (topic, aggregate_id, last_version)
    ), numbered as (
      select r.topic, r.aggregate_id, r.aggregate_version, c.last_version,
        row_number() over (
          partition by r.topic, r.aggregate_id, r.aggregate_version > c.last_version order by r.aggregate_version
        ) as place
      from resequence r join reached c using (topic, aggregate_id)
      where r.consumer = ${consumer}
    )
    delete from resequence r using numbered n
    where r.consumer = ${consumer} and r.topic = n.topic and r.aggregate_id = n.aggregate_id
      and r.aggregate_version = n.aggregate_version
      and n.aggregate_version <= n.last_version + case when n.aggregate_version > n.last_version then n.place else 0 end
    returning r.*, n.last_version`.execute(trx);
  const following = rows.filter((row) => row.aggregate_version > row.last_version);
  return {
    removed: rows.map((row) => ({ topic: row.topic, key: row.aggregate_id })),
    records: following.toSorted((one, other) => one.aggregate_version - other.aggregate_version).map(toRecord),
  };
}

/** The first events of a shelf of a key, in order. */
export async function readShelf(
  db: Database,
  shelf: Shelf,
  consumer: string,
  { topic, key }: EventKey,
  limit: number,
): Promise<readonly EventRecord[]> {
  const { rows } = await sql<HeldRow>`
    select * from ${sql.table(shelf)}
    where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key}
    order by aggregate_version limit ${limit}`.execute(db);
  return rows.map(toRecord);
}

/** @throws AppError `unavailable` INBOX_FULL when `more` events do not fit on the shelf any more */
export async function checkTotal(
  trx: OpenTransaction,
  shelf: Shelf,
  consumer: string,
  more: number,
  { total }: HeldLimits,
): Promise<void> {
  if (more === 0) return;
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count
    from (select from ${sql.table(shelf)} where consumer = ${consumer} limit ${total}) as held`.execute(trx);
  if ((rows[0]?.count ?? 0) + more > total) throw full(shelf, `${total} events in all`);
}

/** @throws AppError `unavailable` INBOX_FULL when the key holds more than it may */
export function checkKey({ topic, key, held, parked }: Cursor, { perKey }: HeldLimits): void {
  if (held > perKey) throw full(parked ? "parked" : "resequence", `${perKey} events of ${key} in ${topic}`);
}

const waitsFor: Readonly<Record<Shelf, string>> = {
  resequence: "an earlier event is missing: see the gaps",
  parked: "they wait for a replay",
};

const full = (shelf: Shelf, bound: string): AppError =>
  new AppError({
    kind: "unavailable",
    reason: "INBOX_FULL",
    message: `The inbox sets no more than ${bound} aside; ${waitsFor[shelf]}.`,
    retryAfterSec: 10,
  });

const toRecord = (row: HeldRow): EventRecord => ({
  eventId: row.event_id,
  type: row.type,
  topic: row.topic,
  key: row.aggregate_id,
  version: row.aggregate_version,
  payload: row.payload,
  headers: row.headers,
});
