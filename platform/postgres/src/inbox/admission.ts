import type { EventRecord } from "@gantry/kernel";
import { type Cursor, textOf } from "./cursors.ts";

/** What is to be done with the new events of one key. */
export interface Admission {
  /** Where the key was before. */
  readonly cursor: Cursor;
  /** Follow the cursor without a gap, in order: to be handled. */
  readonly next: readonly EventRecord[];
  /** To be set aside: too early, or of a parked key. */
  readonly aside: readonly EventRecord[];
}

/** Sorts new events by what is to be done with them. Keys keep the order in which they first appear. */
export function planAdmission(
  fresh: readonly EventRecord[],
  cursors: ReadonlyMap<string, Cursor>,
): readonly Admission[] {
  return [...Map.groupBy(fresh, textOf)].flatMap(([text, records]) => {
    const cursor = cursors.get(text);
    return cursor === undefined ? [] : [planKey(cursor, records)];
  });
}

function planKey(cursor: Cursor, records: readonly EventRecord[]): Admission {
  const ordered = records
    .filter(({ version }) => version > cursor.lastVersion)
    .toSorted((one, other) => one.version - other.version)
    .filter(({ version }, index, all) => version !== all[index - 1]?.version);
  if (cursor.parked) return { cursor, next: [], aside: ordered };
  const gap = ordered.findIndex(({ version }, index) => version !== cursor.lastVersion + index + 1);
  return gap < 0
    ? { cursor, next: ordered, aside: [] }
    : { cursor, next: ordered.slice(0, gap), aside: ordered.slice(gap) };
}
