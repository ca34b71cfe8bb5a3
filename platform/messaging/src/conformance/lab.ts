import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Batch, Broker, Consumption, OutboundMessage, Subscription } from "../port/broker.ts";
import { type ChildMember, type ChildOrders, startChildMember } from "./child-member.ts";
import type { BrokerHarness } from "./harness.ts";
import { Recorder } from "./recorder.ts";

/** A member of this process, with what it was given. */
export interface LabMember {
  readonly recorder: Recorder;
  /** `topic/partition` of each that it has. */
  readonly assigned: () => readonly string[];
  stop(): Promise<void>;
}

/** How a member differs from one that takes everything. */
export interface LabMemberOptions {
  readonly group?: string;
  readonly batchSize?: number;
  /** Shared with others; default its own. */
  readonly recorder?: Recorder;
  /** The broker it uses; default the lab's. */
  readonly broker?: Broker;
  onBatch?(batch: Batch): Promise<void>;
}

/** One started broker, a group name of its own, and all that a test makes; goes with the test. */
export interface Lab extends AsyncDisposable {
  readonly harness: BrokerHarness;
  readonly broker: Broker;
  readonly group: string;
  /** Makes a topic with a name of its own. */
  topic(partitions: number): Promise<string>;
  /** A broker beside the lab's, started; the lab's own where storage is not shared. */
  secondBroker(): Promise<Broker>;
  /** Sends and insists on acknowledgement. */
  send(messages: readonly OutboundMessage[]): Promise<void>;
  join(topics: readonly string[], options?: LabMemberOptions): Promise<LabMember>;
  /** A member in a process of its own. */
  joinByProcess(orders: Omit<ChildOrders, "group"> & { readonly group?: string }): Promise<ChildMember>;
  /** Asks until it is so. */
  eventually(what: string, probe: () => Promise<boolean>): Promise<void>;
}

/** Opens a lab: `await using lab = await openLab(harness)`. */
export async function openLab(harness: BrokerHarness): Promise<Lab> {
  const broker = harness.createBroker([]);
  await broker.start();
  const group = `group-${randomUUID()}`;
  const members: { stop(): Promise<void> }[] = [];
  const brokers = [broker];
  return {
    harness,
    broker,
    group,
    topic: async (partitions) => {
      const name = `conformance-${randomUUID()}`;
      await broker.admin.createTopics([{ name, partitions }]);
      return name;
    },
    secondBroker: async () => {
      if (harness.processes === undefined) return broker;
      const second = harness.createBroker([]);
      brokers.push(second);
      await second.start();
      return second;
    },
    send: (messages) => sendAll(broker, messages),
    join: async (topics, options = {}) => {
      const member = await join(options.broker ?? broker, topics, { group, ...options });
      members.push(member);
      return member;
    },
    joinByProcess: async (orders) => {
      if (harness.processes === undefined) throw new Error("this adapter has no processes");
      const child = await startChildMember(harness.processes, { group, ...orders }, harness.withinMs);
      members.push(child);
      return child;
    },
    eventually: (what, probe) => eventually(what, probe, harness.withinMs),
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.stop()));
      await Promise.all(brokers.map((each) => each.stop()));
    },
  };
}

/** A message whose value is a text. */
export const message = (topic: string, key: string, text: string): OutboundMessage => ({
  topic,
  key,
  headers: {},
  value: Buffer.from(text),
});

/** `count` messages with the texts 0, 1, 2 …; the keys go round. */
export const numbered = (topic: string, count: number, keys: readonly string[] = ["key"]): OutboundMessage[] =>
  Array.from({ length: count }, (_, n) => message(topic, keys[n % keys.length] ?? "", String(n)));

/** The texts of {@link numbered}. */
export const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

/** So many keys that, with murmur2, each of 12 partitions has some. */
export const manyKeys: readonly string[] = Array.from({ length: 48 }, (_, n) => `key-${n}`);

/** Sends and insists on acknowledgement. */
export async function sendAll(broker: Broker, messages: readonly OutboundMessage[]): Promise<void> {
  const outcomes = await broker.send(messages);
  for (const outcome of outcomes) if (!outcome.acked) throw outcome.error;
}

/** How many messages of the topic the lab's group has not done. */
export async function behind({ broker, group }: Pick<Lab, "broker" | "group">, topic: string): Promise<bigint> {
  const lag = await broker.admin.lag(group, [topic]);
  return lag.reduce((sum, { next, committed }) => sum + next - committed, 0n);
}

async function join(
  broker: Broker,
  topics: readonly string[],
  { group, recorder = new Recorder(), batchSize, onBatch }: LabMemberOptions & { readonly group: string },
): Promise<LabMember> {
  let assigned: readonly string[] = [];
  const subscription: Subscription = {
    group,
    topics,
    ...(batchSize === undefined ? {} : { batchSize }),
    onBatch: (batch) => recorder.handle(batch, async () => onBatch?.(batch)),
    onAssignment: (partitions) => {
      assigned = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
      recorder.changed();
    },
  };
  const consumption: Consumption = await broker.consume(subscription);
  return { recorder, assigned: () => assigned, stop: () => consumption.stop() };
}

const EVERY_MS = 25;

async function eventually(what: string, probe: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await probe())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(EVERY_MS);
  }
}
