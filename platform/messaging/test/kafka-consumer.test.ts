import { silentLogger } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { expect, test } from "vitest";
import { createClientLog } from "../src/kafka/client/client-log.ts";
import { codes } from "../src/kafka/client/rd-kafka.ts";
import { joinGroup } from "../src/kafka/consumer/group-member.ts";
import type { Batch, Subscription } from "../src/port/broker.ts";
import { type FakeConsumer, rdError } from "./kafka-fake.ts";
import { fakeClient } from "./kafka-fake-client.ts";

/** A member with a fake connection. Its batches are recorded as `partition:offsets`. */
async function join(options: Partial<Subscription> = {}, refuse = 0) {
  const fake = fakeClient();
  fake.refuse(refuse);
  const batches: string[] = [];
  const subscription: Subscription = {
    group: "g",
    topics: ["t"],
    ...options,
    async onBatch(batch) {
      batches.push(`${batch.partition}:${batch.messages.map(({ offset }) => offset).join()}`);
      await options.onBatch?.(batch);
    },
  };
  const member = await joinGroup(
    {
      client: fake.client,
      address: { brokers: ["127.0.0.1:1"], clientId: "test" },
      groupProtocol: "consumer",
      log: createClientLog(silentLogger),
      logger: silentLogger,
    },
    subscription,
  );
  const consumer = fake.consumers.at(-1);
  if (consumer === undefined) throw new Error("nothing connected");
  return { ...fake, batches, consumer, member, [Symbol.asyncDispose]: () => member.stop() };
}

const at = (partition: number, ...offsets: readonly number[]) => offsets.map((offset) => ({ partition, offset }));

test("what was handled is committed: the next offset to read", async () => {
  const seen: number[] = [];
  await using lab = await join({ onAssignment: (partitions) => seen.push(partitions.length) });
  lab.consumer.assignPartitions(0, 1);
  lab.consumer.put(...at(0, 5, 6), ...at(1, 9));
  await eventually(() => lab.consumer.commits.size === 2);
  expect([...lab.consumer.commits].toSorted()).toEqual([
    [0, 7],
    [1, 10],
  ]);
  expect(lab.batches.toSorted()).toEqual(["0:5,6", "1:9"]);
  expect(seen).toEqual([2]);
});

test("a rejected batch comes again without what was resolved; other partitions go on meanwhile", async () => {
  let failures = 0;
  await using lab = await join({
    onBatch: async ({ partition, resolve }) => {
      if (partition === 1 || failures++ > 0) return;
      resolve(1n);
      throw new Error("not yet");
    },
  });
  lab.consumer.assignPartitions(0, 1);
  lab.consumer.put(...at(0, 1, 2, 3), ...at(1, 1));
  await eventually(() => lab.consumer.commits.get(0) === 4);
  expect(lab.batches.filter((batch) => batch.startsWith("0"))).toEqual(["0:1,2,3", "0:2,3"]);
  expect(lab.consumer.commits.get(1)).toBe(2);
});

test("a commit that fails is tried again, with what is newest by then", async () => {
  await using lab = await join();
  lab.consumer.commitErrors.push(rdError(codes.timedOut));
  lab.consumer.assignPartitions(0, 1);
  lab.consumer.put(...at(0, 1), ...at(1, 1));
  await eventually(() => lab.batches.length === 2);
  lab.consumer.put(...at(1, 2));
  await eventually(() => lab.consumer.commits.get(0) === 2 && lab.consumer.commits.get(1) === 3);
});

test("a commit is not tried again when the group has gone on without us", async () => {
  await using lab = await join();
  lab.consumer.commitErrors.push(rdError(codes.staleMember));
  lab.consumer.assignPartitions(0);
  lab.consumer.put(...at(0, 1));
  await eventually(() => lab.consumer.commitErrors.length === 0);
  await lab.member.stop();
  expect(lab.consumer.commits.size).toBe(0);
});

/** Holds every batch until it is let go. */
function holding() {
  const held: Batch[] = [];
  const free = Promise.withResolvers<void>();
  const onBatch = async (batch: Batch) => {
    held.push(batch);
    await free.promise;
  };
  return { held, onBatch, letGo: () => free.resolve() };
}

test("a partition is given away when its batch is done and committed", async () => {
  const { held, onBatch, letGo } = holding();
  await using lab = await join({ onBatch });
  lab.consumer.assignPartitions(0, 1);
  lab.consumer.put(...at(0, 1), ...at(1, 1));
  await eventually(() => held.length === 2);
  lab.consumer.revokePartitions([0]);
  await eventually(() => held.find(({ partition }) => partition === 0)?.signal.aborted === true);
  expect(held.find(({ partition }) => partition === 1)?.signal.aborted).toBe(false);
  expect(lab.consumer.assigned.has(0)).toBe(true);
  letGo();
  await eventually(() => !lab.consumer.assigned.has(0));
  expect(lab.consumer.commits.get(0)).toBe(2);
});

test("a partition that is lost is given up at once, and nothing of it is committed any more", async () => {
  const { held, onBatch, letGo } = holding();
  await using lab = await join({ onBatch });
  lab.consumer.assignPartitions(0);
  lab.consumer.put(...at(0, 1));
  await eventually(() => held.length === 1);
  lab.consumer.revokePartitions([0], true);
  await eventually(() => !lab.consumer.assigned.has(0));
  letGo();
  await lab.member.stop();
  expect(lab.consumer.commits.size).toBe(0);
});

test("a message that librdkafka repeats is delivered once", async () => {
  await using lab = await join();
  lab.consumer.assignPartitions(0);
  lab.consumer.put(...at(0, 1, 2), ...at(0, 2, 3));
  await eventually(() => lab.consumer.commits.get(0) === 4);
  expect(lab.batches.flatMap((batch) => batch.slice(2).split(","))).toEqual(["1", "2", "3"]);
});

const LARGE = 4 * 1_024 * 1_024;

test("a partition that does not move on is paused when enough waits, and no other; it goes on when it moves", async () => {
  const { held, onBatch, letGo } = holding();
  await using lab = await join({
    batchSize: 1,
    onBatch: (batch) => (batch.partition === 0 ? onBatch(batch) : Promise.resolve()),
  });
  lab.consumer.assignPartitions(0, 1);
  const large = (offset: number) => ({ partition: 0, offset, bytes: LARGE });
  for (const offset of [1, 2, 3, 4, 5]) lab.consumer.put(large(offset));
  await eventually(() => held.length === 1 && lab.consumer.paused.has(0));
  lab.consumer.put(large(6), ...at(1, 1));
  await eventually(() => lab.consumer.commits.get(1) === 2);
  expect(lab.consumer.waiting).toBe(1);
  letGo();
  await eventually(() => lab.consumer.commits.get(0) === 7);
  expect(lab.consumer.paused.size).toBe(0);
});

test("stop lets the batch finish, commits it and disconnects once", async () => {
  const { held, onBatch, letGo } = holding();
  await using lab = await join({ onBatch });
  lab.consumer.assignPartitions(0);
  lab.consumer.put(...at(0, 1));
  await eventually(() => held.length === 1);
  const stopped = Promise.all([lab.member.stop(), lab.member.stop()]);
  await eventually(() => held[0]?.signal.aborted === true);
  letGo();
  await stopped;
  expect(lab.consumer.commits.get(0)).toBe(2);
  expect(lab.consumer.disconnects).toBe(1);
});

test("a consumer that librdkafka gave up is replaced", async () => {
  await using lab = await join();
  lab.consumer.consumeError = rdError(codes.fatal);
  lab.consumer.put(...at(0, 1));
  await eventually(() => lab.consumers.length === 2);
  expect(lab.consumer.disconnects).toBe(1);
});

test("an error that passes is no reason to leave", async () => {
  await using lab = await join();
  lab.consumer.assignPartitions(0);
  lab.consumer.consumeError = rdError(codes.transport);
  lab.consumer.put(...at(0, 1));
  await eventually(() => lab.consumer.commits.get(0) === 2);
  expect(lab.consumers).toHaveLength(1);
});

test("a broker that cannot be reached is tried again", async () => {
  await using lab = await join({}, 2);
  await eventually(() => lab.consumers.length === 3);
  const consumer: FakeConsumer | undefined = lab.consumers[2];
  consumer?.assignPartitions(0);
  consumer?.put(...at(0, 1));
  await eventually(() => consumer?.commits.get(0) === 2);
});
