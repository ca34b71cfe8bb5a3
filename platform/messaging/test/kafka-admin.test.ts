import { silentLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { KafkaAdmin } from "../src/kafka/admin/kafka-admin.ts";
import { createClientLog } from "../src/kafka/client/client-log.ts";
import { type CommittedOffset, codes, type RdAdmin } from "../src/kafka/client/rd-kafka.ts";
import { rdError } from "./kafka-fake.ts";
import { fakeClient } from "./kafka-fake-client.ts";

const FIRST = { timestamp: -2 };

/** Topic "t" with two partitions, which hold the offsets 3 to 9 and nothing. */
const holds: Partial<RdAdmin> = {
  describeTopics: (topics, _, done) =>
    done(
      null,
      topics.map((name) =>
        name === "t" ? { name, partitions: [{}, {}] } : { name, partitions: [], error: rdError(3) },
      ),
    ),
  listOffsets: (partitions, _, done) =>
    done(
      null,
      partitions.map(({ topic, partition, offset }) => {
        const first = JSON.stringify(offset) === JSON.stringify(FIRST);
        return { topic, partition, offset: partition === 1 ? 0 : first ? 3 : 10 };
      }),
    ),
};

function open(admin: Partial<RdAdmin> = {}, committed: readonly CommittedOffset[] = []) {
  const fake = fakeClient({ ...holds, ...admin }, committed);
  const address = { brokers: ["127.0.0.1:1"], clientId: "test" };
  return { ...fake, admin: new KafkaAdmin({ client: () => fake.client, address, log: createClientLog(silentLogger) }) };
}

test("tells what a partition holds", async () => {
  expect(await open().admin.ranges("t")).toEqual([
    { partition: 0, first: 3n, next: 10n },
    { partition: 1, first: 0n, next: 0n },
  ]);
  await expect(open().admin.ranges("other")).rejects.toMatchObject({ reason: "TOPIC_MISSING" });
});

test("topics are made with the copies that the brokers keep; one that is there is left alone", async () => {
  const made: unknown[] = [];
  const { admin } = open({
    createTopic: (topic, _, done) => {
      made.push(topic);
      done(topic.topic === "there" ? rdError(codes.topicExists) : null);
    },
  });
  await admin.createTopics([
    { name: "there", partitions: 12 },
    { name: "new", partitions: 12 },
  ]);
  expect(made[1]).toEqual({ topic: "new", num_partitions: 12, replication_factor: -1 });
});

test("checking no topics asks nobody", async () => {
  await expect(open().admin.checkTopics([])).resolves.toBeUndefined();
  await expect(open().admin.checkTopics([{ name: "t", partitions: 3 }])).rejects.toMatchObject({
    reason: "TOPIC_PARTITIONS",
  });
});

describe("lag", () => {
  const lagOf = async (committed: readonly CommittedOffset[]) =>
    (await open({}, committed).admin.lag("g", ["t"])).map(({ committed: at, next }) => next - at);

  test("is what lies behind the committed offset", async () => {
    const committed = [
      { topic: "t", partition: 0, offset: 8 },
      { topic: "t", partition: 1, offset: -1_001 },
    ];
    expect(await lagOf(committed)).toEqual([2n, 0n]);
  });

  test("is everything for a group that never was, or whose offset is not kept any more", async () => {
    expect(await lagOf([{ topic: "t", partition: 0 }])).toEqual([7n, 0n]);
    expect(await lagOf([{ topic: "t", partition: 0, offset: 1 }])).toEqual([7n, 0n]);
  });

  test("is asked over one connection, which is closed", async () => {
    const { admin, consumers } = open();
    await admin.lag("g", ["t"]);
    expect(consumers.map(({ disconnects }) => disconnects)).toEqual([1]);
  });
});

describe("seek", () => {
  test("commits as a stranger, and leaves", async () => {
    const { admin, consumers } = open({ describeGroups: (_, __, done) => done(null, { groups: [{ members: [] }] }) });
    await admin.seek("g", "t", 0, 4n);
    expect([...(consumers[0]?.commits ?? [])]).toEqual([[0, 4]]);
    expect(consumers[0]?.disconnects).toBe(1);
  });

  test("is refused while the group has members", async () => {
    const { admin } = open({ describeGroups: (_, __, done) => done(null, { groups: [{ members: [{}] }] }) });
    await expect(admin.seek("g", "t", 0, 4n)).rejects.toMatchObject({ reason: "GROUP_ACTIVE" });
  });
});

test("an error of the client is told without its words", async () => {
  const { admin } = open({ describeTopics: (_, __, done) => done(rdError(codes.timedOut, "10.0.0.7 is down"), []) });
  await expect(admin.ranges("t")).rejects.toMatchObject({
    kind: "unavailable",
    reason: "KAFKA_UNAVAILABLE",
    message: expect.not.stringContaining("10.0.0.7"),
  });
});

test("reads nothing of a partition that is not there or beyond its end", async () => {
  const { admin } = open();
  expect(await admin.read("t", 7, 0n, 10)).toEqual([]);
  expect(await admin.read("t", 0, 10n, 10)).toEqual([]);
});

test("reads up to the end of what was there, from the first message that is kept", async () => {
  const { admin, consumers } = open();
  const read = admin.read("t", 0, 0n, 100);
  await expect.poll(() => consumers.length).toBe(1);
  consumers[0]?.put(...[3, 4, 5, 6, 7, 8, 9].map((offset) => ({ partition: 0, offset })));
  expect((await read).map(({ offset }) => offset)).toEqual([3n, 4n, 5n, 6n, 7n, 8n, 9n]);
  expect(consumers[0]?.disconnects).toBe(1);
});
