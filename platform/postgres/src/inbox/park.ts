import type { AppError, EventRecord } from "@gantry/kernel";
import { sql } from "kysely";
import type { OpenTransaction } from "../executor.ts";
import type { EventKey } from "./cursors.ts";
import { checkTotal, type HeldLimits, moveShelf, putAside } from "./held-events.ts";

const MAX_ERROR_CHARS = 500;

/** Parks a key at this event. @param rest later events of the same key that were admitted and not handled */
export async function park(
  trx: OpenTransaction,
  consumer: string,
  record: EventRecord,
  rest: readonly EventRecord[],
  error: AppError,
  limits: HeldLimits,
): Promise<void> {
  await checkTotal(trx, "parked", consumer, 1 + rest.length, limits);
  await putAside(trx, "parked", consumer, [record, ...rest]);
  await moveShelf(trx, consumer, record, "resequence", "parked");
  await setCursor(trx, consumer, record, record.version - 1, true);
  await rememberFailure(trx, consumer, record, error, 0);
}

/** Sets the cursor of a key that this transaction has locked, and counts anew what the key has on the shelves. */
export async function setCursor(
  trx: OpenTransaction,
  consumer: string,
  { topic, key }: EventKey,
  lastVersion: number,
  parked: boolean,
): Promise<void> {
  const shelf = sql.table(parked ? "parked" : "resequence");
  await sql`
    update inbox_cursor c set last_version = ${lastVersion}, parked = ${parked}, held = (
      select count(*) from ${shelf} h
      where h.consumer = c.consumer and h.topic = c.topic and h.aggregate_id = c.aggregate_id
    )
    where consumer = ${consumer} and topic = ${topic} and aggregate_id = ${key}`.execute(trx);
}

/** Says why a key is parked. The request for a replay, if there was one, is done with. */
export async function rememberFailure(
  trx: OpenTransaction,
  consumer: string,
  { topic, key, version }: EventRecord,
  { reason, message }: AppError,
  replays: 0 | 1,
): Promise<void> {
  await sql`
    insert into parked_key (consumer, topic, aggregate_id, failed_version, reason, error)
    values (${consumer}, ${topic}, ${key}, ${version}, ${reason}, ${message.slice(0, MAX_ERROR_CHARS)})
    on conflict (consumer, topic, aggregate_id) do update set
      failed_version = excluded.failed_version, reason = excluded.reason, error = excluded.error,
      last_failed_at = clock_timestamp(), replay_requested_at = null,
      replay_count = parked_key.replay_count + ${replays}::integer`.execute(trx);
}
