import { eventually } from "@gantry/testing";
import { type Read, reading } from "./checker/gather/database.postgres.ts";
import type { FaultSystem } from "./fault-system.ts";
import { limits } from "./limits.ts";
import { subscribers } from "./topology.ts";

/** What each service still has to do, as a query that counts it. */
const unfinished = {
  order: {
    "events to send": "SELECT count(*)::int AS n FROM outbox WHERE parked_at IS NULL",
    "orders on their way":
      "SELECT count(*)::int AS n FROM orders WHERE status NOT IN ('ASSEMBLED', 'CANCELLED', 'FAILED')",
  },
  payment: {
    "events to send": "SELECT count(*)::int AS n FROM outbox WHERE parked_at IS NULL",
    "requests for money": "SELECT count(*)::int AS n FROM wallet_request WHERE state = 'WAITING'",
  },
  assembly: {
    "events to send": "SELECT count(*)::int AS n FROM outbox WHERE parked_at IS NULL",
    "ships to build": "SELECT count(*)::int AS n FROM assembly_job WHERE state = 'BUILDING'",
  },
  notification: {
    "messages to send": "SELECT count(*)::int AS n FROM notification WHERE due_at IS NOT NULL",
  },
} as const;

/** What is left to do, by what it is; empty when the system is quiet. */
export async function leftToDo(system: FaultSystem, allowed: ReadonlySet<string>): Promise<Record<string, number>> {
  const left: Record<string, number> = {};
  const add = (what: string, count: number): void => {
    if (count > 0 && !allowed.has(what)) left[what] = count;
  };
  for (const [service, url] of Object.entries(system.places.databases)) {
    await reading(url, (read) => countAll(read, queriesOf(service), (what, n) => add(`${service}: ${what}`, n)));
  }
  for (const [group, topics] of topicsOfGroups) {
    const lag = await system.broker.admin.lag(group, topics);
    add(
      `${group}: messages to read`,
      lag.reduce((total, { committed, next }) => total + Number(next - committed), 0),
    );
  }
  return left;
}

const queriesOf = (service: string): Readonly<Record<string, string>> =>
  Object.entries(unfinished).find(([name]) => name === service)?.[1] ?? {};

async function countAll(
  read: Read,
  queries: Readonly<Record<string, string>>,
  add: (what: string, count: number) => void,
): Promise<void> {
  for (const [what, sql] of Object.entries(queries)) {
    const [row] = await read<{ n: number }>(sql);
    add(what, row?.n ?? 0);
  }
}

/** Each consumer group with its topics. */
const topicsOfGroups: ReadonlyMap<string, readonly string[]> = new Map(
  [...new Set(Object.values(subscribers).flat())].map((group) => [
    group,
    Object.keys(subscribers).filter((topic) => subscribers[topic]?.includes(group)),
  ]),
);

/**
 * Waits until nothing is left to do. Resolves to how long that took.
 * @param allowed what may be left, as {@link leftToDo} names it: what a case has put aside on purpose
 * @throws Error naming what is left after a minute
 */
export async function untilQuiet(system: FaultSystem, allowed: readonly string[] = []): Promise<number> {
  const startedAt = Date.now();
  const permitted = new Set(allowed);
  await eventually(
    async () => {
      const left = await leftToDo(system, permitted);
      if (Object.keys(left).length > 0) throw new Error(`left to do: ${JSON.stringify(left)}`);
    },
    { withinMs: limits.quietWithinMs, everyMs: 150 },
  );
  return Date.now() - startedAt;
}
