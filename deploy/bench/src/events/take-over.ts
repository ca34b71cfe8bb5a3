import { setTimeout as pause } from "node:timers/promises";
import { uuidv7 } from "@gantry/kernel";
import { DEFAULT_PARTITIONS } from "@gantry/messaging";
import { startServer } from "../server-process.ts";
import { type Carrier, TOPIC } from "./carrier.ts";
import { middle, print } from "./figures.ts";
import { codec, paidOrder } from "./paid-orders.ts";

const MEMBERS = 2;
const KEYS = 96;
const TICK_MS = 25;
const GIVE_UP_MS = 120_000;

/** Where each member's latest messages came from. */
type Owners = Map<string, number>;

/**
 * Two members share a group; one is killed while messages keep coming. Seconds until the other has got a message from every
 * partition of the dead one.
 */
export async function takeOver(carrier: Carrier, group: string): Promise<number> {
  const owners: Owners = new Map();
  const members = await Promise.all(
    Array.from({ length: MEMBERS }, (_, index) => member(carrier, group, index, owners)),
  );
  const stopping = new AbortController();
  const sending = keepSending(carrier, stopping.signal);
  try {
    await untilSettled(carrier, group, owners);
    const lost = [...owners].filter(([, owner]) => owner === 0).map(([partition]) => partition);
    const start = performance.now();
    await members[0]?.kill();
    await until(() => lost.every((partition) => owners.get(partition) === 1));
    return (performance.now() - start) / 1000;
  } finally {
    stopping.abort();
    await sending;
    await members[1]?.stop();
  }
}

const member = (carrier: Carrier, group: string, index: number, owners: Owners) =>
  startServer("consume-replica.ts", {
    env: { ...carrier.env },
    args: ["watch", group],
    onLine: (line) => void owners.set(line.split(" ")[0] ?? "", index),
  });

/** The same keys again and again, enough of them for every partition. */
async function keepSending({ broker }: Carrier, signal: AbortSignal): Promise<void> {
  const messages = Array.from({ length: KEYS }, () => codec.toMessage(paidOrder(uuidv7())));
  while (!signal.aborted) {
    await broker.send(messages);
    await pause(TICK_MS);
  }
}

/** Both members have partitions, and have caught up with what was there before they came. */
async function untilSettled({ broker }: Carrier, group: string, owners: Owners): Promise<void> {
  await until(() => new Set(owners.values()).size === MEMBERS && owners.size === DEFAULT_PARTITIONS);
  for (;;) {
    const lags = await broker.admin.lag(group, [TOPIC]);
    if (lags.every(({ committed, next }) => next - committed <= KEYS)) return;
    await pause(TICK_MS);
  }
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + GIVE_UP_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`the members of a group of ${TOPIC} did not settle`);
    await pause(5);
  }
}

export function printTakeOvers(seconds: readonly number[]): void {
  const median = middle(seconds, (each) => each).toFixed(2);
  print(
    "",
    `two members, one killed -9: all its partitions delivered to the other after ${median} s (median of ${seconds.length}, worst ${Math.max(...seconds).toFixed(2)} s)   aim ≤ 1 s`,
    "(on Kafka the broker's session time-out decides)",
    "",
  );
}
