import { describe, expect, test } from "vitest";
import type { BrokerHarness } from "./harness.ts";
import { behind, manyKeys, message, numbered, openLab } from "./lab.ts";

/** What operators are promised. */
export function describeAdministering(harness: () => BrokerHarness): void {
  describe("administering", () => {
    test("a topic that is there stays as it is when it is made again", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(2);
      await lab.send([message(topic, "a", "kept")]);
      await lab.broker.admin.createTopics([{ name: topic, partitions: 5 }]);
      const ranges = await lab.broker.admin.ranges(topic);
      expect(ranges.map(({ next }) => next).toSorted()).toEqual([0n, 1n]);
    });

    test("checkTopics accepts what is there, and names all that is missing or too small", async () => {
      await using lab = await openLab(harness());
      const { admin } = lab.broker;
      const small = await lab.topic(2);
      await admin.checkTopics([{ name: small, partitions: 2 }]);
      const missing = [`${small}-x`, `${small}-y`].map((name) => ({ name, partitions: 2 }));
      const refused = await admin.checkTopics(missing).catch((error: unknown) => error);
      expect(refused).toMatchObject({ kind: "failed_precondition", reason: "TOPIC_MISSING" });
      for (const { name } of missing) expect(refused).toHaveProperty("message", expect.stringContaining(name));
      await expect(admin.checkTopics([{ name: small, partitions: 3 }])).rejects.toMatchObject({
        kind: "failed_precondition",
        reason: "TOPIC_PARTITIONS",
        message: expect.stringContaining(small),
      });
    });

    test("a broker does not start without the topics it was made with", async ({ skip }) => {
      if (harness().processes === undefined) return skip("each broker has a storage of its own");
      await using lab = await openLab(harness());
      const broker = lab.harness.createBroker([{ name: `${await lab.topic(1)}-missing`, partitions: 1 }]);
      await expect(broker.start()).rejects.toMatchObject({ reason: "TOPIC_MISSING" });
      await broker.stop();
    });

    test("ranges and read show what a partition holds, without a group", async () => {
      await using lab = await openLab(harness());
      const { admin } = lab.broker;
      const topic = await lab.topic(1);
      expect(await admin.ranges(topic)).toEqual([{ partition: 0, first: 0n, next: 0n }]);
      await lab.send(numbered(topic, 10));
      expect(await admin.ranges(topic)).toEqual([{ partition: 0, first: 0n, next: 10n }]);
      const some = await admin.read(topic, 0, 4n, 3);
      expect(some.map(({ offset, value }) => [offset, Buffer.from(value).toString()])).toEqual([
        [4n, "4"],
        [5n, "5"],
        [6n, "6"],
      ]);
      expect(await admin.read(topic, 0, 10n, 3)).toEqual([]);
      await expect(admin.ranges(`${topic}-missing`)).rejects.toMatchObject({ reason: "TOPIC_MISSING" });
    });

    test("lag tells what a group has before it, also one that never was", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(3);
      await lab.send(numbered(topic, 30, manyKeys));
      expect(await lab.broker.admin.lag(lab.group, [topic])).toHaveLength(3);
      expect(await behind(lab, topic)).toBe(30n);
      const member = await lab.join([topic]);
      await lab.eventually("none left", async () => (await behind(lab, topic)) === 0n);
      await member.stop();
      await lab.send(numbered(topic, 4, manyKeys));
      expect(await behind(lab, topic)).toBe(4n);
    });

    test("a group without members can be set back, and gets everything from there again", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 10));
      const first = await lab.join([topic]);
      await first.recorder.until("ten", lab.harness.withinMs, () => first.recorder.texts.length === 10);
      await first.stop();
      await lab.broker.admin.seek(lab.group, topic, 0, 6n);
      expect(await behind(lab, topic)).toBe(4n);
      const second = await lab.join([topic]);
      await second.recorder.until("four", lab.harness.withinMs, () => second.recorder.texts.length >= 4);
      expect(second.recorder.texts).toEqual(["6", "7", "8", "9"]);
    });

    test("a group that never was can be told where to begin", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 5));
      await lab.broker.admin.seek(lab.group, topic, 0, 3n);
      const { recorder } = await lab.join([topic]);
      await recorder.until("two", lab.harness.withinMs, () => recorder.texts.length >= 2);
      expect(recorder.texts).toEqual(["3", "4"]);
    });

    test("a group with members cannot be set back", async () => {
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 3));
      const member = await lab.join([topic]);
      await lab.eventually("done", async () => (await behind(lab, topic)) === 0n);
      const refused = { kind: "failed_precondition", reason: "GROUP_ACTIVE" };
      await expect(lab.broker.admin.seek(lab.group, topic, 0, 0n)).rejects.toMatchObject(refused);
      await member.stop();
      await lab.broker.admin.seek(lab.group, topic, 0, 0n);
      expect(await behind(lab, topic)).toBe(3n);
    });
  });
}
