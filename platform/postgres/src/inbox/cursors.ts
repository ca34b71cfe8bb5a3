import { AppError, type EventRecord, type Uuid } from "@gantry/kernel";
import { sql } from "kysely";
import type { OpenTransaction } from "../executor.ts";

/** An aggregate's events in one topic: what has an order of its own. */
export interface EventKey {
  readonly topic: string;
  readonly key: Uuid;
}

/** How far a consumer has come with a key. */
export interface Cursor extends EventKey {
  readonly lastVersion: number;
  /** Events set aside, in `resequence` or, when parked, in `parked`. */
  readonly held: number;
  readonly parked: boolean;
}

/** Keys in a map. */
export const textOf = ({ topic, key }: EventKey): string => `${topic} ${key}`;

/** The second round finds the rows that another transaction added during the first. */
const LOCK_ROUNDS = 4;

/**
 * Locks the cursors of these keys until the transaction ends, and adds those that are missing. Everything about a key is
 * decided behind this lock, from what it returns.
 */
export async function lockCursors(
  trx: OpenTransaction,
  consumer: string,
  records: readonly EventRecord[],
): Promise<ReadonlyMap<string, Cursor>> {
  const found = new Map<string, Cursor>();
  let missing = [...new Map(records.map((record) => [textOf(record), record])).values()];
  for (let round = 1; missing.length > 0; round++) {
    if (round > LOCK_ROUNDS) throw lostRace();
    for (const cursor of await lockOrAdd(trx, consumer, missing)) found.set(textOf(cursor), cursor);
    missing = missing.filter((key) => !found.has(textOf(key)));
  }
  return found;
}

/**
 * In the order of the keys, so that two batches that share some wait for each other and do not lock each other out. Each
 * key is looked up by itself: a join could come to read the whole table.
 */
async function lockOrAdd(trx: OpenTransaction, consumer: string, keys: readonly EventKey[]): Promise<Cursor[]> {
  const { rows } = await sql<Cursor>`
    with wanted as materialized (
      select topic, aggregate_id from ${relationOf(keys)} order by topic, aggregate_id
    ), known as (
      select wanted.topic, wanted.aggregate_id, own.last_version, own.held, own.parked
      from wanted cross join lateral (
        select last_version, held, parked from inbox_cursor c
        where c.consumer = ${consumer} and c.topic = wanted.topic and c.aggregate_id = wanted.aggregate_id
        for update
      ) as own
    ), added as (
      insert into inbox_cursor (consumer, topic, aggregate_id)
      select ${consumer}, topic, aggregate_id from wanted
      on conflict do nothing
      returning topic, aggregate_id, last_version, held, parked
    )
    select topic, aggregate_id as key, last_version as "lastVersion", held, parked from known
    union all
    select topic, aggregate_id, last_version, held, parked from added`.execute(trx);
  return rows;
}

/** Writes cursors that this transaction has locked. The conflict, which always arises, finds each row by its key. */
export async function saveCursors(trx: OpenTransaction, consumer: string, cursors: readonly Cursor[]): Promise<void> {
  if (cursors.length === 0) return;
  await sql`
    insert into inbox_cursor (consumer, topic, aggregate_id, last_version, held, parked)
    select ${consumer}, cursor.* from unnest(
      ${cursors.map((each) => each.topic)}::text[],
      ${cursors.map((each) => each.key)}::uuid[],
      ${cursors.map((each) => each.lastVersion)}::integer[],
      ${cursors.map((each) => each.held)}::integer[],
      ${cursors.map((each) => each.parked)}::boolean[]
    ) as cursor
    on conflict (consumer, topic, aggregate_id) do update
    set last_version = excluded.last_version, held = excluded.held, parked = excluded.parked`.execute(trx);
}

const relationOf = (keys: readonly EventKey[]) => sql`unnest(
  ${keys.map((each) => each.topic)}::text[],
  ${keys.map((each) => each.key)}::uuid[]
) as key (topic, aggregate_id)`;

const lostRace = (): AppError =>
  new AppError({
    kind: "conflict",
    reason: "INBOX_CONTENDED",
    message: "Others take in events of the same aggregates at this moment. Try again.",
  });
