import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Broker, MAX_MESSAGE_BYTES, type OutboundMessage } from "../port/broker.ts";
import { partitionOf } from "../port/partition-of.ts";
import type { BrokerHarness } from "./harness.ts";
import { manyKeys, message, numbered, numbers, openLab, sendAll } from "./lab.ts";
import type { Recorder } from "./recorder.ts";

const SENDERS = 4;
const ROUNDS = 15;

/** What `send` promises. */
export function describeSending(harness: () => BrokerHarness): void {
  describe("sending", () => {
    test("key, headers and bytes arrive as they were", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(3);
      const value = Uint8Array.from({ length: 256 }, (_, n) => n);
      const headers = { type: "a.b.C", empty: "", text: "grüße 🚀" };
      await lab.send([{ topic, key: "ключ", headers, value }]);
      const { recorder } = await lab.join([topic]);
      await recorder.until("the message", lab.harness.withinMs, () => recorder.messages.length > 0);
      const [got] = recorder.messages;
      expect(got).toMatchObject({ topic, key: "ключ", headers, offset: 0n, partition: partitionOf("ключ", 3) });
      expect(Buffer.from(got?.value ?? []).equals(value)).toBe(true);
      expect(Math.abs((got?.sentAt.getTime() ?? 0) - Date.now())).toBeLessThan(60 * 60_000);
    });

    test("a key decides the partition, the same way everywhere", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(12);
      await lab.send(manyKeys.map((key) => message(topic, key, key)));
      const { recorder } = await lab.join([topic]);
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === manyKeys.length);
      for (const { key = "", partition } of recorder.messages) expect(partition).toBe(partitionOf(key, 12));
    });

    test("calls that nobody waited for keep the order of a key", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(4);
      await Promise.all(numbered(topic, 100).map((each) => lab.send([each])));
      const { recorder } = await lab.join([topic]);
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === 100);
      expect(recorder.texts).toEqual(numbers(100));
    });

    test("senders at the same time keep the order of their keys", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(6);
      const second = await lab.secondBroker();
      const { recorder } = await lab.join([topic]);
      const senders = Array.from({ length: SENDERS }, (_, n) => sendRounds(n % 2 ? second : lab.broker, topic, n));
      await Promise.all(senders);
      const total = SENDERS * ROUNDS * 3;
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === total);
      expectOrderPerKey(recorder);
    });

    test(`${MAX_MESSAGE_BYTES} bytes pass unharmed; one more is refused, and its neighbours are not`, async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      const big = Buffer.alloc(MAX_MESSAGE_BYTES, "0123456789abcdef\0\xff");
      const outcomes = await lab.broker.send([
        message(topic, "a", "before"),
        { topic, key: "a", headers: {}, value: big },
        { topic, key: "a", headers: {}, value: new Uint8Array(MAX_MESSAGE_BYTES + 1) },
        message(topic, "a", "behind"),
      ]);
      expect(outcomes.map(({ acked }) => acked)).toEqual([true, true, false, true]);
      expect(outcomes[2]).toMatchObject({ error: { kind: "payload_too_large", reason: "EVENT_TOO_LARGE" } });
      const { recorder } = await lab.join([topic]);
      await recorder.until("three", lab.harness.withinMs, () => recorder.messages.length >= 3);
      expect(sha256(recorder.messages[1]?.value)).toBe(sha256(big));
      expect(Buffer.from(recorder.messages[2]?.value ?? []).toString()).toBe("behind");
    });

    test("a message to a topic that is not there is not acknowledged; others of the call are", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      const missing = `${topic}-missing`;
      const outcomes = await lab.broker.send([message(missing, "a", "lost"), message(topic, "a", "kept")]);
      expect(outcomes).toMatchObject([{ acked: false, error: { name: "AppError" } }, { acked: true }]);
      expect(await lab.broker.send([])).toEqual([]);
    });

    test("an empty key, an empty value and characters of control are messages like any other", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      const odd: OutboundMessage[] = [
        { topic, key: "", headers: {}, value: new Uint8Array() },
        { topic, key: "\0\u0001'\"\\", headers: { "x-\u0001": "\0" }, value: Buffer.from([0, 255, 0]) },
      ];
      await lab.send(odd);
      const { recorder } = await lab.join([topic]);
      await recorder.until("both", lab.harness.withinMs, () => recorder.messages.length >= odd.length);
      for (const [n, { key, headers, value }] of odd.entries()) {
        expect(recorder.messages[n]).toMatchObject({ key, headers });
        expect(Buffer.from(recorder.messages[n]?.value ?? []).equals(value)).toBe(true);
      }
    });

    test("what other software wrote is delivered as far as it can be read", async ({ skip }) => {
      const { sendForeign } = harness();
      if (sendForeign === undefined) return skip("nothing but the port can write here");
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      const bad = Buffer.from([0xc3, 0x28]);
      await sendForeign({ topic, key: undefined, headers: { bad }, value: bad });
      await sendForeign({ topic, key: bad, headers: {}, value: new Uint8Array() });
      await lab.send([message(topic, "a", "behind")]);
      const { recorder } = await lab.join([topic]);
      await recorder.until("three", lab.harness.withinMs, () => recorder.messages.length >= 3);
      const [first, second, third] = recorder.messages;
      expect(first?.key).toBeUndefined();
      expect(first?.headers.bad).toBe(bad.toString());
      expect(second?.key).toBeUndefined();
      expect(third?.key).toBe("a");
    });
  });
}

async function sendRounds(broker: Broker, topic: string, sender: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const keys = ["x", "y", "z"].map((name) => `${name}${sender}`);
    await sendAll(
      broker,
      keys.map((key) => message(topic, key, `${key}:${round}`)),
    );
  }
}

/** The texts are `key:number`. */
function expectOrderPerKey(recorder: Recorder): void {
  for (const [key, texts] of Map.groupBy(recorder.texts, (text) => text.split(":")[0])) {
    expect(texts).toEqual(Array.from({ length: texts.length }, (_, n) => `${key}:${n}`));
  }
}

const sha256 = (bytes: Uint8Array | undefined): string =>
  createHash("sha256")
    .update(bytes ?? "")
    .digest("hex");
