import { setTimeout as pause } from "node:timers/promises";
import { createPostgres, inboxTables, migrate, type Postgres } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { sql } from "kysely";
import type { Rounds } from "../measure.ts";
import { forEachAtOnce } from "../parallel.ts";
import { startServer } from "../server-process.ts";
import { type Carrier, openCarrier, TOPIC } from "./carrier.ts";
import { middle, print, ratio, whole } from "./figures.ts";
import { codec, inGroups, paidOrders } from "./paid-orders.ts";
import { printTakeOvers, takeOver } from "./take-over.ts";

const EVENTS = 40_000;
const POLL_MS = 20;
const ways = ["raw", "inbox", "effect"] as const;
type Way = (typeof ways)[number];
type Rates = Readonly<Record<Way, number>>;

interface EffectTables {
  readonly effect: { readonly order_uuid: string };
}

/** How many events one process consumes in a second, and how fast another one takes over from one that was killed. */
export async function benchConsume({ rounds }: Rounds): Promise<void> {
  await using carrier = await openCarrier();
  await sendAll(carrier);
  const rates: Rates[] = [];
  const takeOvers: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`);
    rates.push({
      raw: await consumedPerSecond(carrier, "raw", round),
      inbox: await consumedPerSecond(carrier, "inbox", round),
      effect: await consumedPerSecond(carrier, "effect", round),
    });
    takeOvers.push(await takeOver(carrier, `watch-${round}`));
  }
  printRates(carrier.title, rates);
  printTakeOvers(takeOvers);
}

async function sendAll({ broker }: Carrier): Promise<void> {
  await forEachAtOnce(inGroups(paidOrders(EVENTS), 500), 4, async (group) => {
    const outcomes = await broker.send(group.map(codec.toMessage));
    for (const outcome of outcomes) if (!outcome.acked) throw outcome.error;
  });
}

/** From the first message of the group to the last, in a process of its own; a new group reads everything. */
async function consumedPerSecond(carrier: Carrier, way: Way, round: number): Promise<number> {
  const url = await carrier.postgres.createDatabase(`${way}_${round}`);
  await migrate({ url, directory: new URL("../../migrations/", import.meta.url), libraries: [inboxTables], logger });
  const postgres = createPostgres<EffectTables>({ url, applicationName: "bench", logger, maxConnections: 2 });
  let seen = 0;
  const server = await startServer("consume-replica.ts", {
    env: { ...carrier.env, BENCH_POSTGRES_URL: url },
    args: [way, `${way}-${round}`],
    onLine: (line) => {
      seen += Number(line);
    },
  });
  const done = way === "raw" ? async () => seen : () => inboxRows(postgres);
  try {
    return await timed(done);
  } finally {
    await server.stop();
    await postgres.close();
  }
}

/** The clock starts when the first events are through, so that joining the group does not count. */
async function timed(done: () => Promise<number>): Promise<number> {
  let start: { readonly at: number; readonly count: number } | undefined;
  for (;;) {
    const count = await done();
    if (count > 0 && start === undefined) start = { at: performance.now(), count };
    if (count >= EVENTS && start !== undefined) return ((count - start.count) * 1000) / (performance.now() - start.at);
    await pause(POLL_MS);
  }
}

async function inboxRows({ db }: Postgres<EffectTables>): Promise<number> {
  const { rows } = await sql<{ taken: number }>`select count(*)::integer as taken from inbox`.execute(db);
  return rows[0]?.taken ?? 0;
}

function printRates(title: string, rates: readonly Rates[]): void {
  const line = (what: string, way: Way): string =>
    `${what.padEnd(44)}${whole(middle(rates, (each) => each[way]))}${ratio(middle(rates, (each) => each[way] / each.raw))}`;
  print(
    "",
    `${EVENTS} events of ${EVENTS} orders on ${TOPIC}, one process, ${title}, durable PostgreSQL; medians of ${rates.length} rounds`,
    "",
    `${"".padEnd(44)} events/s   ratio`,
    line("delivered by the broker, nothing kept", "raw"),
    `${line("durable consumer with inbox", "inbox")}   aim ≥ 4000 events/s`,
    line("the same, writing one row for each event", "effect"),
  );
}
