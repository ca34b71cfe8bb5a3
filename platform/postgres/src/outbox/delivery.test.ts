import { AppError, type EventRecord, type SendOutcome, uuidv7 } from "@gantry/kernel";
import { expect, test } from "vitest";
import { createDelivery } from "./delivery.ts";

const HOUR = 3_600_000;

const aRecord = (): EventRecord => ({
  eventId: uuidv7(),
  type: "test.v1.Happened",
  topic: "order.events.v1",
  key: uuidv7(),
  version: 1,
  payload: new Uint8Array(),
  headers: {},
});

const records = Array.from({ length: 9 }, aRecord);
const acked: SendOutcome = { acked: true };
const reasonOf = (outcome: SendOutcome | undefined): string | undefined =>
  outcome?.acked === false ? outcome.error.reason : undefined;

test("passes outcomes on", async () => {
  const deliver = createDelivery(async (given) => given.map(() => acked), HOUR);
  expect(await deliver(records)).toEqual(records.map(() => acked));
});

test("an outcome that the broker did not give is a failure", async () => {
  const deliver = createDelivery(async () => [acked], HOUR);
  expect((await deliver(records)).map(reasonOf)).toEqual([undefined, ...Array(8).fill("SEND_OUTCOME_MISSING")]);
});

test("a send that throws because of one event sends the others, in order", async () => {
  const sent: EventRecord[] = [];
  const deliver = createDelivery(async (given) => {
    if (given.includes(records[4] ?? aRecord())) throw new TypeError("cannot encode");
    sent.push(...given);
    return given.map(() => acked);
  }, HOUR);
  const outcomes = await deliver(records);
  expect(outcomes.flatMap((outcome, index) => (outcome.acked ? [] : [index]))).toEqual([4]);
  expect(reasonOf(outcomes[4])).toBe("INTERNAL");
  expect(sent).toEqual(records.toSpliced(4, 1));
});

test("a send that throws because of an outage is not tried in parts", async () => {
  let calls = 0;
  const deliver = createDelivery(async () => {
    calls += 1;
    throw new AppError({ kind: "unavailable", reason: "BROKER_UNAVAILABLE", message: "No broker." });
  }, HOUR);
  expect((await deliver(records)).map(reasonOf)).toEqual(records.map(() => "BROKER_UNAVAILABLE"));
  expect(calls).toBe(1);
});

test("a send that hangs has failed in time; after three of them nothing is sent until one ends", async () => {
  const hanging: ((outcomes: readonly SendOutcome[]) => void)[] = [];
  const deliver = createDelivery(() => new Promise((resolve) => hanging.push(resolve)), 5);
  for (let n = 0; n < 3; n++) expect(reasonOf((await deliver(records))[0])).toBe("BROKER_SEND_TIMEOUT");
  expect(reasonOf((await deliver(records))[8])).toBe("BROKER_SEND_STUCK");
  expect(hanging).toHaveLength(3);
  hanging[0]?.([]);
  await new Promise(setImmediate);
  expect(reasonOf((await deliver(records))[0])).toBe("BROKER_SEND_TIMEOUT");
});
