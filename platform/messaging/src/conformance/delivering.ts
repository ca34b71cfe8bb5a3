import { describe, expect, test } from "vitest";
import type { BrokerHarness } from "./harness.ts";
import { behind, manyKeys, numbered, numbers, openLab } from "./lab.ts";

/** Timers may be early by less than this; only lower bounds are checked. */
const SLACK_MS = 10;
const FIRST_BACK_OFF_MS = 100;

/** What `onBatch` is promised. */
export function describeDelivering(harness: () => BrokerHarness): void {
  describe("delivering", () => {
    test("a batch holds neighbours of one partition, and no more than asked for", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(4);
      await lab.send(numbered(topic, 200, manyKeys));
      const { recorder } = await lab.join([topic], { batchSize: 7 });
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === 200);
      for (const { messages, partition } of recorder.batches) {
        expect(messages.length).toBeLessThanOrEqual(7);
        expect(new Set(messages.map((each) => each.partition))).toEqual(new Set([partition]));
        const first = messages[0]?.offset ?? -1n;
        expect(messages.map(({ offset }) => offset - first)).toEqual(messages.map((_, n) => BigInt(n)));
      }
    });

    test("partitions are handled at once, and each by one batch at a time", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(3);
      await lab.send(numbered(topic, 90, manyKeys));
      const both = Promise.withResolvers<void>();
      const { recorder } = await lab.join([topic], { batchSize: 5, onBatch: () => both.promise });
      await recorder.until("two at once", lab.harness.withinMs, () => recorder.mostAtOnce > 1);
      both.resolve();
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === 90);
      expect(recorder.overlaps).toEqual([]);
    });

    test("a batch that is rejected comes again, in order, later each time", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 5));
      const times: number[] = [];
      const { recorder } = await lab.join([topic], {
        onBatch: async () => {
          times.push(performance.now());
          if (times.length <= 3) throw new Error("not yet");
        },
      });
      await lab.eventually("all done", async () => (await behind(lab, topic)) === 0n);
      const waits = times.slice(1, 4).map((time, n) => time - (times[n] ?? 0));
      for (const [n, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(FIRST_BACK_OFF_MS * 2 ** n - SLACK_MS);
      }
      const first = recorder.batches.slice(0, 4).map((batch) => batch.messages[0]?.offset);
      expect(first).toEqual([0n, 0n, 0n, 0n]);
      expect(recorder.texts).toEqual(numbers(5));
    });

    test("what was resolved does not come again when its batch fails", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 20));
      const handled: bigint[] = [];
      let failures = 0;
      await lab.join([topic], {
        onBatch: async ({ messages, resolve }) => {
          for (const { offset } of messages) {
            if (failures < 3 && offset === BigInt(failures * 3 + 2)) {
              failures += 1;
              throw new Error("this one fails");
            }
            handled.push(offset);
            resolve(offset);
          }
        },
      });
      await lab.eventually("all done", async () => (await behind(lab, topic)) === 0n);
      expect(failures).toBe(3);
      expect(handled).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(n)));
    });

    test("what was resolved before the member left is behind the group", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 10));
      const resolved = Promise.withResolvers<void>();
      const member = await lab.join([topic], {
        onBatch: async ({ messages, resolve, signal }) => {
          resolve(messages[0]?.offset ?? 0n);
          resolved.resolve();
          await aborted(signal);
          throw new Error("left");
        },
      });
      await resolved.promise;
      await member.stop();
      const next = await lab.join([topic]);
      await next.recorder.until("the rest", lab.harness.withinMs, () => next.recorder.texts.includes("9"));
      expect(next.recorder.texts).toEqual(numbers(10).slice(1));
    });

    test("stop tells the running batch, lets it finish, keeps what it did, and may be called again", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 6));
      const finish = Promise.withResolvers<void>();
      const member = await lab.join([topic], { batchSize: 3, onBatch: () => finish.promise });
      await member.recorder.until("a batch", lab.harness.withinMs, () => member.recorder.batches.length > 0);
      const [batch] = member.recorder.batches;
      let stopped = false;
      const stops = Promise.all([member.stop(), member.stop()]).then(() => {
        stopped = true;
      });
      if (batch !== undefined) await aborted(batch.signal);
      expect(stopped).toBe(false);
      finish.resolve();
      await stops;
      await member.stop();
      expect(member.recorder.batches).toHaveLength(1);
      expect(await behind(lab, topic)).toBe(6n - BigInt(batch?.messages.length ?? 0));
    });

    test("stop does not wait for a batch's back-off", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 1));
      const { recorder, stop } = await lab.join([topic], { onBatch: () => Promise.reject(new Error("never")) });
      await recorder.until("two tries", lab.harness.withinMs, () => recorder.batches.length > 1);
      await stop();
      const tries = recorder.batches.length;
      expect(await behind(lab, topic)).toBe(1n);
      expect(recorder.batches).toHaveLength(tries);
    });

    test("a handler that takes long holds up its partition and no other", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(2);
      await lab.send(numbered(topic, 100, manyKeys));
      const release = Promise.withResolvers<void>();
      const { recorder } = await lab.join([topic], {
        batchSize: 10,
        onBatch: ({ partition }) => (partition === 0 ? release.promise : Promise.resolve()),
      });
      const [, { next: free } = { next: 0n }] = await lab.broker.admin.ranges(topic);
      const of = (partition: number) => recorder.batches.filter((batch) => batch.partition === partition);
      const passed = () => of(1).reduce((sum, { messages }) => sum + messages.length, 0);
      await recorder.until("the free partition", lab.harness.withinMs, () => passed() >= Number(free));
      await recorder.until("the held partition", lab.harness.withinMs, () => of(0).length > 0);
      expect(of(0)).toHaveLength(1);
      release.resolve();
      await recorder.until("the rest", lab.harness.withinMs, () => recorder.texts.length === 100);
    });
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
