import { streamName } from "../event-name.ts";
import { groupBy } from "../group.ts";
import type { InboxRow, ParkedEvent, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** A consumer applies the events of an aggregate in the order of their versions, each once, and knows how far it is. */
export const inOrder: Invariant = {
  id: "I3",
  what: "per consumer and aggregate the applied versions are 1, 2, 3 without gap or repeat",
  check: (snapshot) => [...brokenRuns(snapshot), ...wrongCursors(snapshot), ...overtaken(snapshot)],
};

const name = (row: { readonly consumer: string; readonly topic: string; readonly key: string }): string =>
  `${row.consumer} ${streamName(row)}`;

const versionsOf = (rows: readonly (InboxRow | ParkedEvent)[]): readonly number[] =>
  rows.map(({ version }) => version).toSorted((a, b) => a - b);

function brokenRuns({ inbox }: Snapshot): readonly Finding[] {
  return [...groupBy(inbox, name)].flatMap(([stream, rows]) => {
    const versions = versionsOf(rows);
    return versions.every((version, index) => version === index + 1)
      ? []
      : [finding(stream, `applied versions ${versions.join(", ")}`)];
  });
}

function wrongCursors({ inbox, cursors }: Snapshot): readonly Finding[] {
  const applied = groupBy(inbox, name);
  const known = new Map(cursors.map((row) => [name(row), row.lastVersion]));
  return [...new Set([...applied.keys(), ...known.keys()])].flatMap((stream) => {
    const highest = Math.max(0, ...versionsOf(applied.get(stream) ?? []));
    const cursor = known.get(stream) ?? 0;
    return cursor === highest ? [] : [finding(stream, `applied up to ${highest}, but its cursor says ${cursor}`)];
  });
}

/** What is parked lies behind everything that was applied. */
function overtaken({ inbox, parked }: Snapshot): readonly Finding[] {
  const applied = groupBy(inbox, name);
  return [...groupBy(parked, name)].flatMap(([stream, rows]) => {
    const [first = 0] = versionsOf(rows);
    const highest = Math.max(0, ...versionsOf(applied.get(stream) ?? []));
    return highest < first
      ? []
      : [finding(stream, `applied version ${highest} past version ${first}, which is parked`)];
  });
}
