import { describe, expect, test } from "vitest";
import type { BrokerHarness } from "./harness.ts";
import { behind, type LabMember, manyKeys, numbered, openLab } from "./lab.ts";
import { Recorder } from "./recorder.ts";

/** What the members of a group promise each other. */
export function describeGroups(harness: () => BrokerHarness): void {
  describe("groups", () => {
    test("each group gets everything", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(3);
      const early = await lab.join([topic], { group: `${lab.group}-a` });
      await lab.send(numbered(topic, 60, manyKeys));
      const late = await lab.join([topic], { group: `${lab.group}-b` });
      for (const { recorder } of [early, late]) {
        await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === 60);
      }
    });

    test("a member reads several topics", async () => {
      await using lab = await openLab(harness());
      const topics = [await lab.topic(2), await lab.topic(3)];
      for (const topic of topics) await lab.send(numbered(topic, 20, manyKeys));
      const member = await lab.join(topics);
      await member.recorder.until("all", lab.harness.withinMs, () => member.recorder.messages.length >= 40);
      expect(new Set(member.recorder.messages.map(({ topic }) => topic))).toEqual(new Set(topics));
      expect(member.assigned()).toHaveLength(5);
    });

    test("a second member gets half of the work, and nothing is lost or handled twice at once", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(6);
      const recorder = new Recorder();
      const broker = await lab.secondBroker();
      const first = await lab.join([topic], { recorder });
      await lab.send(numbered(topic, 100, manyKeys));
      const second = await lab.join([topic], { recorder, broker });
      await lab.send(numbered(topic, 200, manyKeys).slice(100));
      await recorder.until("fair shares", lab.harness.withinMs, () => shares(first, second, [3, 3]));
      await lab.send(numbered(topic, 300, manyKeys).slice(200));
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === 300);
      expect(new Set([...first.assigned(), ...second.assigned()]).size).toBe(6);
      expect(recorder.overlaps).toEqual([]);
    });

    test("both members do work once the partitions are shared", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(4);
      const first = await lab.join([topic]);
      const second = await lab.join([topic], { broker: await lab.secondBroker() });
      await lab.eventually("fair shares", async () => shares(first, second, [2, 2]));
      await lab.send(numbered(topic, 48, manyKeys));
      await lab.eventually("all done", async () => (await behind(lab, topic)) === 0n);
      for (const { recorder } of [first, second]) expect(recorder.messages.length).toBeGreaterThan(0);
      const partitions = (member: LabMember) => new Set(member.recorder.batches.map(({ partition }) => partition));
      expect([...partitions(first)].filter((partition) => partitions(second).has(partition))).toEqual([]);
    });

    test("the partitions of a member that leaves go to the one that stays", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(4);
      const first = await lab.join([topic]);
      const second = await lab.join([topic], { broker: await lab.secondBroker() });
      await lab.eventually("fair shares", async () => shares(first, second, [2, 2]));
      await first.stop();
      await lab.eventually("all partitions", async () => second.assigned().length === 4);
      await lab.send(numbered(topic, 48, manyKeys));
      await second.recorder.until("all", lab.harness.withinMs, () => second.recorder.texts.length === 48);
      expect(first.recorder.messages).toHaveLength(0);
    });

    test("a member that finds no partition free waits and steps in", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      const broker = await lab.secondBroker();
      const members = [await lab.join([topic]), await lab.join([topic], { broker })];
      await lab.eventually("one owner", async () => members.some((member) => member.assigned().length === 1));
      const owner = members.find((member) => member.assigned().length === 1);
      const idle = members.find((member) => member !== owner);
      await owner?.stop();
      await lab.send(numbered(topic, 3));
      await idle?.recorder.until("all", lab.harness.withinMs, () => idle.recorder.texts.length === 3);
    });

    test("a partition changes hands when its batch is done, not before", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(2);
      const recorder = new Recorder();
      await lab.send(numbered(topic, 40, manyKeys));
      const finish = Promise.withResolvers<void>();
      const first = await lab.join([topic], { recorder, batchSize: 5, onBatch: () => finish.promise });
      await recorder.until("both partitions", lab.harness.withinMs, () => recorder.mostAtOnce === 2);
      const held = [...recorder.batches];
      const second = await lab.join([topic], { recorder, broker: await lab.secondBroker() });
      await recorder.until("one is asked for", lab.harness.withinMs, () => held.some(({ signal }) => signal.aborted));
      expect(recorder.batches).toHaveLength(2);
      finish.resolve();
      await recorder.until("all", lab.harness.withinMs, () => recorder.texts.length === 40);
      await recorder.until("fair shares", lab.harness.withinMs, () => shares(first, second, [1, 1]));
      expect(recorder.overlaps).toEqual([]);
    });

    test("a group goes on where its last member stopped", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(2);
      await lab.send(numbered(topic, 10, manyKeys));
      const first = await lab.join([topic]);
      await first.recorder.until("ten", lab.harness.withinMs, () => first.recorder.texts.length === 10);
      await first.stop();
      await lab.send(numbered(topic, 15, manyKeys).slice(10));
      const second = await lab.join([topic]);
      await second.recorder.until("five", lab.harness.withinMs, () => second.recorder.texts.length >= 5);
      expect(second.recorder.texts.toSorted()).toEqual(["10", "11", "12", "13", "14"]);
    });
  });
}

const shares = (first: LabMember, second: LabMember, [one, two]: readonly [number, number]): boolean =>
  first.assigned().length === one && second.assigned().length === two;
