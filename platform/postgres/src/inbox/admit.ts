import type { EventRecord } from "@gantry/kernel";
import { sql } from "kysely";
import type { OpenTransaction } from "../executor.ts";
import { type Admission, planAdmission } from "./admission.ts";
import { type Cursor, type EventKey, lockCursors, saveCursors, textOf } from "./cursors.ts";
import { checkKey, checkTotal, type HeldLimits, putAside, takeFollowing } from "./held-events.ts";

/** What became of the events given to one `admit`. */
export interface Admitted {
  /** To be handled now, those that had waited included. */
  readonly handle: number;
  /** Seen before. */
  readonly repeats: number;
  /** Set aside because an earlier one is missing. */
  readonly early: number;
  /** Set aside because their aggregate is parked. */
  readonly parked: number;
}

/** Three statements for a batch of any size, two more when something comes too early or follows what did. */
export async function admit(
  trx: OpenTransaction,
  consumer: string,
  records: readonly EventRecord[],
  limits: HeldLimits,
): Promise<{ readonly handle: readonly EventRecord[]; readonly counts: Admitted }> {
  const cursors = await lockCursors(trx, consumer, records);
  const ahead = records.filter((record) => record.version > (cursors.get(textOf(record))?.lastVersion ?? 0));
  const fresh = await remember(trx, consumer, ahead);
  const admissions = planAdmission(fresh, cursors);
  const stored = await storeAside(trx, consumer, admissions, limits);
  const waiting = admissions.filter(({ cursor, next }) => cursor.held > 0 && !cursor.parked && next.length > 0);
  const following = await takeFollowing(trx, consumer, waiting.map(advanced));
  const after = admissions.map((admission) => cursorAfter(admission, stored, following));
  for (const [index, cursor] of after.entries()) if (admissions[index]?.aside.length !== 0) checkKey(cursor, limits);
  await saveCursors(trx, consumer, after);
  const behind = Map.groupBy(following.records, textOf);
  const handle = admissions.flatMap(({ cursor, next }) => [...next, ...(behind.get(textOf(cursor)) ?? [])]);
  return { handle, counts: countsOf(records.length, admissions, handle.length, following.records.length) };
}

/** Writes the inbox rows. @returns the events that were not known; of a repeat within the batch the first */
async function remember(
  trx: OpenTransaction,
  consumer: string,
  records: readonly EventRecord[],
): Promise<readonly EventRecord[]> {
  if (records.length === 0) return [];
  const { rows } = await sql<{ event_id: string }>`
    insert into inbox (consumer, event_id, topic, aggregate_id, aggregate_version)
    select ${consumer}, event.* from unnest(
      ${records.map((each) => each.eventId)}::uuid[],
      ${records.map((each) => each.topic)}::text[],
      ${records.map((each) => each.key)}::uuid[],
      ${records.map((each) => each.version)}::integer[]
    ) as event
    on conflict do nothing
    returning event_id`.execute(trx);
  const fresh = new Set(rows.map((row) => row.event_id));
  return records.filter(({ eventId }) => fresh.delete(eventId));
}

/** @returns for each event that is new on a shelf its key */
async function storeAside(
  trx: OpenTransaction,
  consumer: string,
  admissions: readonly Admission[],
  limits: HeldLimits,
): Promise<readonly EventKey[]> {
  const stored: EventKey[] = [];
  for (const shelf of ["resequence", "parked"] as const) {
    const events = asideOn(admissions, shelf === "parked");
    await checkTotal(trx, shelf, consumer, events.length, limits);
    stored.push(...(await putAside(trx, shelf, consumer, events)));
  }
  return stored;
}

const asideOn = (admissions: readonly Admission[], parked: boolean): readonly EventRecord[] =>
  admissions.filter(({ cursor }) => cursor.parked === parked).flatMap(({ aside }) => aside);

const advanced = ({ cursor, next }: Admission): Cursor => ({
  ...cursor,
  lastVersion: cursor.lastVersion + next.length,
});

function cursorAfter(
  admission: Admission,
  stored: readonly EventKey[],
  following: { readonly removed: readonly EventKey[]; readonly records: readonly EventRecord[] },
): Cursor {
  const cursor = advanced(admission);
  const own = (each: EventKey): boolean => textOf(each) === textOf(cursor);
  return {
    ...cursor,
    lastVersion: cursor.lastVersion + following.records.filter(own).length,
    held: cursor.held + stored.filter(own).length - following.removed.filter(own).length,
  };
}

const countsOf = (given: number, admissions: readonly Admission[], handle: number, followed: number): Admitted => {
  const [early, parked] = [asideOn(admissions, false).length, asideOn(admissions, true).length];
  return { handle, repeats: given - (handle - followed) - early - parked, early, parked };
};
