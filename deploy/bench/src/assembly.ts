import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { median, type Rounds } from "./measure.ts";
import { forEachAtOnce } from "./parallel.ts";
import { type BenchPerson, type BenchSystem, startBenchSystem } from "./system.ts";

const ORDERS = 300;
const AT_ONCE = 16;
const POLL_MS = 20;
/** What the aim promises: the longest build time of the default, and a second. */
const AIM_S = 11;

interface Wave {
  /** From the first request to pay to the last ASSEMBLED. */
  readonly totalS: number;
  /** The longest build time that was drawn: no order can be faster than this. */
  readonly drawnS: number;
  readonly paidPerSecond: number;
}

/** Orders paid at once, until the last ship is built, beside the longest build time that was drawn for them. */
export async function benchAssembly({ rounds }: Rounds): Promise<void> {
  await using system = await startBenchSystem();
  const database = (name: string) => new pg.Pool({ connectionString: system.stack.postgres?.url(name) ?? "", max: 1 });
  const [orders, jobs] = [database("order"), database("assembly")];
  const waves: Wave[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      waves.push(await wave(system, orders, jobs));
    }
  } finally {
    await Promise.all([orders.end(), jobs.end()]);
  }
  print(system.carrier, waves);
}

async function wave(system: BenchSystem, orders: pg.Pool, jobs: pg.Pool): Promise<Wave> {
  const person = await system.person();
  const orderUuids = await createOrders(person, system.partUuids);
  const start = performance.now();
  await forEachAtOnce(orderUuids, AT_ONCE, (orderUuid) => payByCard(person, orderUuid));
  const paidMs = performance.now() - start;
  await untilAssembled(orders, orderUuids);
  const totalS = (performance.now() - start) / 1000;
  return { totalS, drawnS: await longestDrawn(jobs, orderUuids), paidPerSecond: (ORDERS * 1000) / paidMs };
}

async function createOrders({ orders }: BenchPerson, partUuids: readonly string[]): Promise<readonly string[]> {
  const created: string[] = [];
  await forEachAtOnce(Array.from({ length: ORDERS }), AT_ONCE, async () => {
    const { data, error } = await orders.POST("/orders", { body: { part_uuids: [...partUuids] } });
    if (data === undefined) throw new Error(`no order: ${error.code} ${error.message}`);
    created.push(data.order_uuid);
  });
  return created;
}

async function payByCard({ orders }: BenchPerson, orderUuid: string): Promise<void> {
  const { error } = await orders.POST("/orders/{order_uuid}/pay", {
    params: { path: { order_uuid: orderUuid } },
    body: { payment_method: "CARD" },
  });
  if (error !== undefined) throw new Error(`not paid: ${error.code} ${error.message}`);
}

async function untilAssembled(orders: pg.Pool, orderUuids: readonly string[]): Promise<void> {
  for (;;) {
    const { rows } = await orders.query<{ left: number }>(
      "SELECT count(*)::int AS left FROM orders WHERE order_uuid = ANY($1::uuid[]) AND status <> 'ASSEMBLED'",
      [orderUuids],
    );
    if (rows[0]?.left === 0) return;
    await pause(POLL_MS);
  }
}

async function longestDrawn(jobs: pg.Pool, orderUuids: readonly string[]): Promise<number> {
  const { rows } = await jobs.query<{ longest_ms: number }>(
    "SELECT max(build_time_ms)::float8 AS longest_ms FROM assembly_job WHERE order_uuid = ANY($1::uuid[])",
    [orderUuids],
  );
  return (rows[0]?.longest_ms ?? Number.NaN) / 1000;
}

function print(carrier: string, waves: readonly Wave[]): void {
  const middle = (of: (wave: Wave) => number, digits: number) => median(waves.map(of)).toFixed(digits).padStart(8);
  const worst = Math.max(...waves.map(({ totalS }) => totalS));
  process.stdout.write(
    [
      "",
      `${ORDERS} orders paid by card, ${AT_ONCE} at a time, until the last is ASSEMBLED; ${carrier}; medians of ${waves.length} rounds`,
      "",
      `longest build time drawn       ${middle(({ drawnS }) => drawnS, 2)} s   (baseline: nothing can be faster)`,
      `first pay to last ASSEMBLED    ${middle(({ totalS }) => totalS, 2)} s   worst ${worst.toFixed(2)} s   aim ≤ ${AIM_S} s`,
      `last pay to last ASSEMBLED     ${middle(({ totalS, paidPerSecond }) => totalS - ORDERS / paidPerSecond, 2)} s`,
      `ratio                          ${middle(({ totalS, drawnS }) => totalS / drawnS, 2)}`,
      `paid                           ${middle(({ paidPerSecond }) => paidPerSecond, 0)} orders/s`,
      "",
    ].join("\n"),
  );
}
