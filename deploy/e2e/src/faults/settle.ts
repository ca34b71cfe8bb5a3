import { setTimeout as delay } from "node:timers/promises";
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

/** What is left to do, by what it is, as JSON; an empty object when the system is quiet. */
async function leftToDo(system: FaultSystem, allowed: ReadonlySet<string>): Promise<string> {
  const left: Record<string, number> = {};
  const add = (what: string, count: number): void => {
    if (count > 0 && !allowed.has(what)) left[what] = count;
  };
  const services = Object.entries(system.places.databases).map(([service, url]) =>
    answered(
      service,
      reading(url, (read) => countAll(read, queriesOf(service), (what, n) => add(`${service}: ${what}`, n))),
    ),
  );
  const groups = [...topicsOfGroups].map(async ([group, topics]) => {
    const lag = await answered(`the lag of ${group}`, system.broker.admin.lag(group, topics));
    const behind = lag.reduce((total, { committed, next }) => total + Number(next - committed), 0);
    add(`${group}: messages to read`, behind);
  });
  await Promise.all([...services, ...groups]);
  return JSON.stringify(left);
}

const ANSWER_WITHIN_MS = 10_000;

/** Whoever does not answer is named: a question that hangs must not look like a system that is not quiet. */
async function answered<T>(what: string, answer: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(ANSWER_WITHIN_MS, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error(`${what} was asked and did not answer within ${ANSWER_WITHIN_MS} ms`)),
    () => answer,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    timer.abort();
  }
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
 * @param allowed what may be left, as this names it: what a case has put aside on purpose
 * @throws Error naming what is left after a minute
 */
export async function untilQuiet(system: FaultSystem, allowed: readonly string[] = []): Promise<number> {
  const startedAt = Date.now();
  const permitted = new Set(allowed);
  for (;;) {
    const left = await leftToDo(system, permitted).catch(why);
    const tookMs = Date.now() - startedAt;
    if (left === "{}") return tookMs;
    if (tookMs > limits.quietWithinMs) throw new Error(`not quiet after ${tookMs} ms; left to do: ${left}`);
    await delay(POLL_MS);
  }
}

const POLL_MS = 200;

/** A service or database that does not answer now may be on its way back. */
const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));
