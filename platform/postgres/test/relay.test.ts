import type { EventRecord, SendOutcome } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createRelay, outboxStatus, type Relay, type RelayOptions, writeOutbox } from "../src/index.ts";
import { anEvent, anEventDatabase } from "./events.ts";

const running: Relay[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

async function aRelay(options: Pick<RelayOptions, "url" | "send"> & Partial<RelayOptions>): Promise<Relay> {
  const relay = createRelay({ logger: silentLogger, ...options });
  running.push(relay);
  await relay.start();
  return relay;
}

/** A broker that takes everything, and remembers the order. */
function aBroker() {
  const received: EventRecord[] = [];
  const send = async (records: readonly EventRecord[]): Promise<readonly SendOutcome[]> => {
    received.push(...records);
    return records.map(() => ({ acked: true }));
  };
  const versionsOf = (key: string) => received.filter((each) => each.key === key).map((each) => each.version);
  return { received, send, versionsOf };
}

describe("a relay", () => {
  test("sends what is committed, as it was given, and forgets it", async () => {
    const { db, transaction, url } = await anEventDatabase();
    const broker = aBroker();
    const relay = await aRelay({ url, send: broker.send });
    const event = anEvent({ headers: { traceparent: "00-1" } });
    await transaction((trx) => writeOutbox(trx, [event]));
    relay.wake();
    await eventually(async () => (await outboxStatus(db)).rows === 0);
    expect(broker.received).toEqual([event]);
  });
});
