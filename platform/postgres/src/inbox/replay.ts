import type { AppError, EventRecord, Uuid } from "@gantry/kernel";
import { sql } from "kysely";
import type { Database, OpenTransaction } from "../executor.ts";
import type { EventKey } from "./cursors.ts";
import { moveShelf, readShelf } from "./held-events.ts";
import { rememberFailure, setCursor } from "./park.ts";

/** The parked events of one key, in order, locked until the transaction ends. */
export interface Replay extends EventKey {
  /** Those that follow the last handled one without a gap, a hundred at most: when more are left, they are taken next. */
  readonly records: readonly EventRecord[];
}

/** An event of a replay that cannot be handled. */
export interface ReplayFailure {
  readonly record: EventRecord;
  readonly error: AppError;
}

const MAX_RECORDS = 100;

export async function requestReplay(db: Database, consumer: string, topic: string, key: Uuid): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update parked_key set replay_requested_at = coalesce(replay_requested_at, clock_timestamp())
    where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key}`.execute(db);
  return numAffectedRows === 1n;
}

export async function takeReplay(trx: OpenTransaction, consumer: string): Promise<Replay | undefined> {
  // The cursor is the lock of the key. c.parked is read again behind it: another member may just have finished.
  const { rows } = await sql<EventKey & { readonly lastVersion: number }>`
    select c.topic, c.aggregate_id as key, c.last_version as "lastVersion"
    from parked_key p join inbox_cursor c using (consumer, topic, aggregate_id)
    where p.consumer = ${consumer} and p.replay_requested_at is not null and c.parked
    order by p.replay_requested_at limit 1
    for update of c skip locked`.execute(trx);
  const [next] = rows;
  if (next === undefined) return undefined;
  const records = await readShelf(trx, "parked", consumer, next, MAX_RECORDS);
  const gap = records.findIndex(({ version }, index) => version !== next.lastVersion + index + 1);
  return { topic: next.topic, key: next.key, records: gap < 0 ? records : records.slice(0, gap) };
}

export async function replayed(
  trx: OpenTransaction,
  consumer: string,
  { topic, key, records }: Replay,
  failure: ReplayFailure | undefined,
): Promise<void> {
  const handled = failure === undefined ? records : records.filter(({ version }) => version < failure.record.version);
  const last = handled.at(-1)?.version ?? (await lastVersion(trx, consumer, { topic, key }));
  await sql`
    delete from parked
    where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key} and aggregate_version <= ${last}`.execute(
    trx,
  );
  const [next] = await readShelf(trx, "parked", consumer, { topic, key }, 1);
  const stays = failure !== undefined || next?.version === last + 1;
  if (!stays) await release(trx, consumer, { topic, key });
  await setCursor(trx, consumer, { topic, key }, last, stays);
  if (failure !== undefined) await rememberFailure(trx, consumer, failure.record, failure.error, 1);
}

/** What is left has a gap before it, and waits as any early event does. */
async function release(trx: OpenTransaction, consumer: string, { topic, key }: EventKey): Promise<void> {
  await moveShelf(trx, consumer, { topic, key }, "parked", "resequence");
  await sql`
    delete from parked_key where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key}`.execute(trx);
}

async function lastVersion(trx: OpenTransaction, consumer: string, { topic, key }: EventKey): Promise<number> {
  const { rows } = await sql<{ version: number }>`
    select last_version as version from inbox_cursor
    where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key}`.execute(trx);
  return rows[0]?.version ?? 0;
}

export async function skipGap(trx: OpenTransaction, consumer: string, topic: string, key: Uuid): Promise<boolean> {
  const { rows } = await sql<{ parked: boolean }>`
    select parked from inbox_cursor
    where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key} for update`.execute(trx);
  const [first] = await readShelf(trx, "resequence", consumer, { topic, key }, 1);
  if (rows[0]?.parked !== false || first === undefined) return false;
  await moveShelf(trx, consumer, { topic, key }, "resequence", "parked");
  await setCursor(trx, consumer, { topic, key }, first.version - 1, true);
  await sql`
    insert into parked_key (consumer, topic, aggregate_id, failed_version, reason, error, replay_requested_at)
    values (${consumer}, ${topic}, ${key}, ${first.version}, 'GAP_SKIPPED',
      'A person gave up the missing events before this one.', clock_timestamp())`.execute(trx);
  return true;
}
