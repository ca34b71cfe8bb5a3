import { setTimeout as delay } from "node:timers/promises";
import { type Broker, createBroker } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import type { EventSources } from "./sources.ts";

/** How long a person waits for a broker that does not answer. */
const PATIENCE_MS = 10_000;

/**
 * Runs `work` on the broker, and disconnects.
 * @throws Error when it does not answer within ten seconds; AppError EVENTS_NOT_CONFIGURED
 */
export async function onBroker<T>(
  { kafkaBrokers, eventLogUrl }: EventSources,
  work: (broker: Broker) => Promise<T>,
): Promise<T> {
  const broker = createBroker({
    kafkaBrokers,
    eventLogUrl,
    clientId: "gantry-events",
    topics: [],
    logger: silentLogger,
  });
  const late = new AbortController();
  const patience = delay(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`it did not answer within ${PATIENCE_MS / 1000} s`);
  });
  const answer = async (): Promise<T> => {
    await broker.start();
    return await work(broker);
  };
  try {
    return await Promise.race([answer(), patience]);
  } finally {
    patience.catch(() => undefined);
    late.abort();
    await broker.stop();
  }
}
