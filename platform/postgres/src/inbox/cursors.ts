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

/** In the order of the keys, so that two batches that share some wait for each other and do not lock each other out. */
async function lockOrAdd(trx: OpenTransaction, consumer: string, keys: readonly EventKey[]): Promise<Cursor[]> {
  const { rows } = await sql<Cursor>`
    with wanted as (
      select topic, aggregate_id from ${relationOf(keys)}
    ), known as (
      select c.topic, c.aggregate_id, c.last_version, c.held, c.parked
      from inbox_cursor c join wanted using (topic, aggregate_id)
      where c.consumer = ${consumer}
      order by c.topic, c.aggregate_id
      for update of c
    ), added as (
      insert into inbox_cursor (consumer, topic, aggregate_id)
      select ${consumer}, topic, aggregate_id from wanted
      where not exists (
        select from known where known.topic = wanted.topic and known.aggregate_id = wanted.aggregate_id
      )
      order by topic, aggregate_id
      on conflict do nothing
      returning topic, aggregate_id, last_version, held, parked
    )
    select topic, aggregate_id as key, last_version as "lastVersion", held, parked from known
    union all
    select topic, aggregate_id, last_version, held, parked from added`.execute(trx);
  return rows;
}

/** Writes cursors that this transaction has locked. */
export async function saveCursors(trx: OpenTransaction, consumer: string, cursors: readonly Cursor[]): Promise<void> {
  if (cursors.length === 0) return;
  await sql`
    update inbox_cursor c set last_version = new.last_version, held = new.held, parked = new.parked
    from unnest(
      ${cursors.map((each) => each.topic)}::text[],
      ${cursors.map((each) => each.key)}::uuid[],
      ${cursors.map((each) => each.lastVersion)}::integer[],
      ${cursors.map((each) => each.held)}::integer[],
      ${cursors.map((each) => each.parked)}::boolean[]
    ) as new (topic, aggregate_id, last_version, held, parked)
    where c.consumer = ${consumer} and c.topic = new.topic and c.aggregate_id = new.aggregate_id`.execute(trx);
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
