/** A partition that a group reads. */
export interface Assignable {
  /** Unique among the partitions. */
  readonly id: string;
  readonly topic: string;
}

/** Who may have partitions. */
export interface Assignee {
  readonly id: string;
  readonly topics: readonly string[];
}

/**
 * Shares the partitions of a group: of each topic every member that reads it gets as many as any other, one more or less.
 * Moves as few as that takes. The same answer for the same input, whoever asks.
 *
 * @param current who has what now; owners that are no members any more are ignored
 * @returns partition id to member id; what nobody reads is not in it
 */
export function assignPartitions(
  partitions: readonly Assignable[],
  members: readonly Assignee[],
  current: ReadonlyMap<string, string>,
): Map<string, string> {
  const result = new Map<string, string>();
  const total = new Map<string, number>();
  for (const [topic, group] of Map.groupBy(partitions, (each) => each.topic)) {
    const readers = members.filter((member) => member.topics.includes(topic)).map((member) => member.id);
    if (readers.length > 0) shareTopic(group, readers, { current, result, total });
  }
  return result;
}

interface Sharing {
  readonly current: ReadonlyMap<string, string>;
  readonly result: Map<string, string>;
  /** Partitions of all topics so far: who has few of them gets the odd one. */
  readonly total: Map<string, number>;
}

function shareTopic(
  partitions: readonly Assignable[],
  readers: readonly string[],
  { current, result, total }: Sharing,
) {
  const held = new Map<string, string[]>(readers.map((id) => [id, []]));
  const free: string[] = [];
  for (const { id } of partitions) (held.get(current.get(id) ?? "") ?? free).push(id);

  const size = (id: string): number => held.get(id)?.length ?? 0;
  const busyness = (id: string): number => size(id) + (total.get(id) ?? 0) / 1e6;
  const byBusyness = (): string[] => readers.toSorted((a, b) => busyness(a) - busyness(b));

  for (;;) {
    const order = byBusyness();
    const [idlest = "", busiest = ""] = [order.at(0), order.at(-1)];
    const next = free.shift() ?? (size(busiest) - size(idlest) > 1 ? held.get(busiest)?.pop() : undefined);
    if (next === undefined) break;
    held.get(idlest)?.push(next);
  }
  for (const [reader, ids] of held) {
    total.set(reader, (total.get(reader) ?? 0) + ids.length);
    for (const id of ids) result.set(id, reader);
  }
}
