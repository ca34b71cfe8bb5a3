import { AppError, type EventRecord, type SendOutcome } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { afterEach } from "vitest";
import { createRelay, type Relay, type RelayOptions } from "../src/index.ts";

const running: Relay[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

/** A relay that runs until the end of the test. */
export async function aRelay(options: Pick<RelayOptions, "url" | "send"> & Partial<RelayOptions>): Promise<Relay> {
  const relay = createRelay({ logger: silentLogger, ...options });
  running.push(relay);
  await relay.start();
  return relay;
}

/**
 * A broker that remembers what it was given, call by call.
 * @param judge the error for an event; undefined takes it
 */
export function aBroker(judge: (record: EventRecord, call: number) => AppError | undefined = () => undefined) {
  const calls: (readonly EventRecord[])[] = [];
  const taken: EventRecord[] = [];
  const send = async (records: readonly EventRecord[]): Promise<readonly SendOutcome[]> => {
    const call = calls.push(records);
    return records.map((record) => {
      const error = judge(record, call);
      if (error === undefined) taken.push(record);
      return error === undefined ? { acked: true } : { acked: false, error };
    });
  };
  const versionsOf = (key: string): readonly number[] =>
    taken.filter((record) => record.key === key).map((record) => record.version);
  return { calls, taken, send, versionsOf };
}

/** The broker cannot be reached. */
export const outage = new AppError({ kind: "unavailable", reason: "BROKER_UNAVAILABLE", message: "No broker." });

/** The broker will never take this event. */
export const refusal = new AppError({ kind: "payload_too_large", reason: "MESSAGE_TOO_LARGE", message: "Too large." });
