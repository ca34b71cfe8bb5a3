import { setTimeout as pause } from "node:timers/promises";
import { createRelay, type OutboxTables, type Postgres, writeOutbox } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { type Sample, sampleOf } from "../measure.ts";
import type { Carrier } from "./carrier.ts";
import { latencyLine, print } from "./figures.ts";
import { codec, paidOrder } from "./paid-orders.ts";

const EVENTS_PER_SECOND = 500;

/** One round. */
export interface Waits {
  readonly relayed: Sample;
  readonly direct: Sample;
}

/** Sends at a steady rate from the clock, however long each takes: a slow moment does not slow the others down. */
async function steadily(durationMs: number, send: () => Promise<void>): Promise<void> {
  const running: Promise<void>[] = [];
  const start = performance.now();
  for (let due = 0; due < (durationMs * EVENTS_PER_SECOND) / 1000; ) {
    for (; due < ((performance.now() - start) * EVENTS_PER_SECOND) / 1000; due++) running.push(send());
    await pause(1);
  }
  await Promise.all(running);
}

export async function sentDirectly({ broker }: Carrier, durationMs: number): Promise<Sample> {
  const latencies: number[] = [];
  await steadily(durationMs, async () => {
    const message = codec.toMessage(paidOrder());
    const start = performance.now();
    await broker.send([message]);
    latencies.push(performance.now() - start);
  });
  return sampleOf(latencies, durationMs);
}

/** From the return of the commit to the acknowledgement, with the relay in the process that commits, as in a service. */
export async function committedToAcked(
  { broker }: Carrier,
  postgres: Postgres<OutboxTables>,
  url: string,
  durationMs: number,
): Promise<Sample> {
  const acked = new Map<string, () => void>();
  const latencies: number[] = [];
  const relay = createRelay({
    url,
    logger,
    send: async (records) => {
      const outcomes = await broker.send(records.map(codec.toMessage));
      for (const [index, { eventId }] of records.entries()) if (outcomes[index]?.acked) acked.get(eventId)?.();
      return outcomes;
    },
  });
  await relay.start();
  await steadily(durationMs, async () => {
    const record = paidOrder();
    const { promise, resolve } = Promise.withResolvers<number>();
    acked.set(record.eventId, () => resolve(performance.now()));
    await postgres.transaction((trx) => writeOutbox(trx, [record]));
    const committed = performance.now();
    relay.wake();
    latencies.push(Math.max(0, (await promise) - committed));
  });
  await relay.stop();
  return sampleOf(latencies, durationMs);
}

export function printLatency(rounds: readonly Waits[]): void {
  print(
    "",
    `at ${EVENTS_PER_SECOND} events/s${"".padEnd(27)}    p50 ms   p99 ms`,
    latencyLine("sent to the broker directly", rounds, ({ direct }) => direct),
    `${latencyLine("committed → acknowledged by the relay", rounds, ({ relayed }) => relayed)}   aim p50 ≤ 8, p99 ≤ 40`,
  );
}
