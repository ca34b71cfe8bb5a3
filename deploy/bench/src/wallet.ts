import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { transportTo } from "@gantry/devstack";
import { WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { uuidv7 } from "@gantry/kernel";
import pg from "pg";
import { median, type Rounds, sampleOf } from "./measure.ts";
import { type BenchPerson, type BenchSystem, startBenchSystem } from "./system.ts";

const ORDERS_A_ROUND = 100;
const POLL_MS = 3;
const AIM_P50_MS = 50;
/** Enough for every order of a run, within what one top-up may hold. */
const FUNDS_MINOR = 100_000_000n;

type Way = "card" | "wallet";

/**
 * From an order's creation to its payment, one order after another: by wallet over events (order → broker → payment →
 * broker → order), and by card over a call. Both times are the order service's own, out of the order's history.
 */
export async function benchWallet({ rounds }: Rounds): Promise<void> {
  await using system = await startBenchSystem();
  const orders = new pg.Pool({ connectionString: system.stack.postgres?.url("order") ?? "", max: 1 });
  const taken: Record<Way, number[][]> = { card: [], wallet: [] };
  try {
    for (let round = 0; round <= rounds; round++) {
      process.stderr.write(round === 0 ? "warming up\n" : `round ${round} of ${rounds}\n`);
      for (const way of ["card", "wallet"] as const) {
        const latencies = await oneRound(system, orders, way);
        if (round > 0) taken[way].push(latencies);
      }
    }
  } finally {
    await orders.end();
  }
  print(system.carrier, taken);
}

async function oneRound(system: BenchSystem, orders: pg.Pool, way: Way): Promise<number[]> {
  const person = await system.person();
  const [cheapest] = system.partUuids;
  if (cheapest === undefined) throw new Error("the catalogue is empty");
  const latencies: number[] = [];
  for (let order = 0; order < ORDERS_A_ROUND; order++) {
    if (way === "wallet") await topUp(system, person);
    const orderUuid = await createAndPay(person, cheapest, way);
    latencies.push(await untilPaid(orders, orderUuid));
  }
  return latencies;
}

async function createAndPay({ orders }: BenchPerson, partUuid: string, way: Way): Promise<string> {
  const { data, error } = await orders.POST("/orders", {
    body: { part_uuids: [partUuid], ...(way === "wallet" && { pay_with: "WALLET" as const }) },
  });
  if (data === undefined) throw new Error(`no order: ${error.code} ${error.message}`);
  if (way === "wallet") return data.order_uuid;
  const path = { order_uuid: data.order_uuid };
  const paid = await orders.POST("/orders/{order_uuid}/pay", { params: { path }, body: { payment_method: "CARD" } });
  if (paid.error !== undefined) throw new Error(`not paid: ${paid.error.code} ${paid.error.message}`);
  return data.order_uuid;
}

async function topUp({ stack }: BenchSystem, { headers }: BenchPerson): Promise<void> {
  const wallet = createClient(WalletService, transportTo(stack.gateway));
  const request = { amount: { minor: FUNDS_MINOR, currency: "USD" }, idempotencyKey: uuidv7() };
  await wallet.topUp(request, { headers });
}

/** Milliseconds between the order's first history line and the one that says PAID. */
async function untilPaid(orders: pg.Pool, orderUuid: string): Promise<number> {
  for (;;) {
    const { rows } = await orders.query<{ ms: number }>(
      `SELECT extract(epoch FROM paid.occurred_at - created.occurred_at)::float8 * 1000 AS ms
       FROM order_history paid JOIN order_history created USING (order_uuid)
       WHERE order_uuid = $1 AND paid.to_status = 'PAID' AND created.version = 1`,
      [orderUuid],
    );
    if (rows[0] !== undefined) return rows[0].ms;
    await pause(POLL_MS);
  }
}

function print(carrier: string, taken: Readonly<Record<Way, readonly number[][]>>): void {
  const line = (way: Way, what: string) => {
    const samples = taken[way].map((latencies) => sampleOf(latencies, 1));
    const p50 = median(samples.map(({ p50Ms }) => p50Ms));
    const p99 = median(samples.map(({ p99Ms }) => p99Ms));
    const ratio = median(
      taken[way].map((latencies, round) => sampleOf(latencies, 1).p50Ms / sampleOf(taken.card[round] ?? [], 1).p50Ms),
    );
    return `${what.padEnd(34)}${p50.toFixed(1).padStart(8)}${p99.toFixed(1).padStart(9)}${ratio.toFixed(2).padStart(8)}`;
  };
  process.stdout.write(
    [
      "",
      `created → PAID, one order at a time, ${carrier}; medians of ${taken.card.length} rounds of ${ORDERS_A_ROUND}`,
      "",
      `${"".padEnd(34)}  p50 ms   p99 ms   ratio`,
      line("card", "card: two requests and a call"),
      `${line("wallet", "wallet with funds: two events")}  aim p50 ≤ ${AIM_P50_MS} ms`,
      "",
    ].join("\n"),
  );
}
