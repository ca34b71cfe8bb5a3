import { silentLogger } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { expect, test } from "vitest";
import { createClientLog } from "../src/kafka/client/client-log.ts";
import { codes } from "../src/kafka/client/rd-kafka.ts";
import { KafkaProducer } from "../src/kafka/producer/kafka-producer.ts";
import type { OutboundMessage } from "../src/port/broker.ts";
import { MAX_MESSAGE_BYTES } from "../src/port/broker.ts";
import { rdError } from "./kafka-fake.ts";
import { fakeClient } from "./kafka-fake-client.ts";

const message = (key: string): OutboundMessage => ({ topic: "t", key, headers: {}, value: Buffer.from("x") });

function open({ refuse = 0 } = {}) {
  const fake = fakeClient();
  fake.refuse(refuse);
  const producer = new KafkaProducer({
    client: fake.client,
    address: { brokers: ["127.0.0.1:1"], clientId: "test" },
    log: createClientLog(silentLogger),
    logger: silentLogger,
  });
  return { ...fake, producer };
}

test("every message gets the outcome of its own report, in the order given", async () => {
  const { producer, producers } = open();
  const sent = producer.send(["a", "b", "c"].map(message));
  await eventually(() => producers[0]?.queued.length === 3);
  const [a, b, c] = producers[0]?.queued ?? [];
  c?.report();
  b?.report(rdError(codes.tooLarge));
  a?.report();
  expect(await sent).toMatchObject([
    { acked: true },
    { acked: false, error: { reason: "EVENT_TOO_LARGE" } },
    { acked: true },
  ]);
});

test("what follows a message that could not be queued is not tried: it would come before it", async () => {
  const { producer, producers } = open();
  await eventually(() => producers[0]?.connected);
  const [handle] = producers;
  if (handle) handle.refuses = rdError(codes.queueFull);
  const outcomes = await producer.send(["a", "b"].map(message));
  expect(outcomes).toMatchObject([{ acked: false }, { acked: false }]);
  expect(handle?.queued).toEqual([]);
});

test("a message that is too large is refused, and the others go", async () => {
  const { producer, producers } = open();
  const large = { ...message("a"), value: new Uint8Array(MAX_MESSAGE_BYTES + 1) };
  const sent = producer.send([large, message("b")]);
  await eventually(() => producers[0]?.queued.length === 1);
  producers[0]?.queued[0]?.report();
  expect(await sent).toMatchObject([{ error: { reason: "EVENT_TOO_LARGE" } }, { acked: true }]);
});

test.each(["messageTimedOut", "fatal"] as const)(
  "after %s the producer is replaced, and what was under way has failed",
  async (code) => {
    const { producer, producers } = open();
    const first = producer.send([message("a")]);
    const second = producer.send([message("b")]);
    await eventually(() => producers[0]?.queued.length === 2);
    producers[0]?.queued[0]?.report(rdError(codes[code]));
    expect(await first).toMatchObject([{ acked: false, error: { kind: "unavailable" } }]);
    expect(await second).toMatchObject([{ acked: false, error: { cause: { code: codes[code] } } }]);
    const third = producer.send([message("c")]);
    await eventually(() => producers[1]?.queued.length === 1);
    expect(producers[0]?.disconnected).toBe(true);
    producers[1]?.queued[0]?.report();
    expect(await third).toEqual([{ acked: true }]);
  },
);

test("stop sends what was given, and what comes later has failed", async () => {
  const { producer, producers } = open();
  const sent = producer.send([message("a")]);
  await eventually(() => producers[0]?.queued.length === 1);
  producers[0]?.queued[0]?.report();
  await producer.stop();
  expect(await sent).toEqual([{ acked: true }]);
  expect(producers[0]?.disconnected).toBe(true);
  expect(await producer.send([message("b")])).toMatchObject([{ acked: false }]);
});

test("a broker that cannot be reached is tried again, and what waited for it goes then", async () => {
  const { producer, producers } = open({ refuse: 2 });
  const sent = producer.send([message("a")]);
  await eventually(() => producers[2]?.queued.length === 1);
  producers[2]?.queued[0]?.report();
  expect(await sent).toEqual([{ acked: true }]);
});
