import { AppError, type EventRecord } from "@gantry/kernel";
import { type RawBuilder, sql } from "kysely";
import type { OpenTransaction } from "../executor.ts";

/** The largest payload of an event, in bytes: what every broker takes. */
const MAX_PAYLOAD_BYTES = 900_000;

/**
 * The INSERT that writes events to the outbox, to run in the transaction of the change they tell of, **behind** the statement
 * that writes the aggregate: the ids, and with them the order of sending, follow the versions of an aggregate only because
 * its row is locked by then. In one statement with the change, as a CTE, say so with `from`.
 *
 * An event of the same aggregate, topic and version that still waits there is refused as `already_exists`.
 *
 * @param from name of a CTE of the same statement, which then runs first; when it returns no row, nothing is written
 * @throws AppError `payload_too_large` EVENT_TOO_LARGE before anything is sent to the database
 *
 * @example
 * with changed as (update account set … where … returning version),
 *      told as (${insertOutbox([record], sql`changed`)})
 * select version from changed
 */
export function insertOutbox(records: readonly EventRecord[], from?: RawBuilder<unknown>): RawBuilder<unknown> {
  for (const record of records) if (record.payload.byteLength > MAX_PAYLOAD_BYTES) throw tooLarge(record);
  // count(*) and not EXISTS: a CTE that is asked for one row has changed, and locked, one row only.
  const condition = from === undefined ? sql`` : sql`where (select count(*) from ${from}) > 0`;
  return sql`
    insert into outbox (event_id, topic, aggregate_id, aggregate_version, type, payload, headers)
    select event_id, topic, aggregate_id, aggregate_version, type, payload, headers
    from ${relationOf(records)} ${condition}
    order by place`;
}

/**
 * Writes events to the outbox. Do it behind the aggregate, in the same transaction; after the commit wake the relay.
 * @throws AppError `payload_too_large` EVENT_TOO_LARGE; `already_exists` for an event that was written before
 */
export async function writeOutbox(trx: OpenTransaction, records: readonly EventRecord[]): Promise<void> {
  if (records.length > 0) await insertOutbox(records).execute(trx);
}

/** Arrays and not a list of values: one text, and so one plan, for any number of events. */
const relationOf = (records: readonly EventRecord[]): RawBuilder<unknown> => sql`unnest(
    ${records.map((each) => each.eventId)}::uuid[],
    ${records.map((each) => each.topic)}::text[],
    ${records.map((each) => each.key)}::uuid[],
    ${records.map((each) => each.version)}::integer[],
    ${records.map((each) => each.type)}::text[],
    ${records.map((each) => Buffer.from(each.payload))}::bytea[],
    ${records.map((each) => JSON.stringify(each.headers))}::jsonb[]
  ) with ordinality as event (event_id, topic, aggregate_id, aggregate_version, type, payload, headers, place)`;

const tooLarge = ({ type, payload }: EventRecord): AppError =>
  new AppError({
    kind: "payload_too_large",
    reason: "EVENT_TOO_LARGE",
    message: `A ${type} of ${payload.byteLength} bytes is too large: an event holds ${MAX_PAYLOAD_BYTES} bytes at most.`,
  });
