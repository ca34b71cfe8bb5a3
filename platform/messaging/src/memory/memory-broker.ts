import type { Broker } from "../port/broker.ts";
import { MemoryGroup } from "./memory-group.ts";
import { MemoryTopics } from "./memory-topics.ts";

/** What a memory broker may be told. */
export interface MemoryBrokerOptions {
  /** Makes a topic with so many partitions when it is first used. Without it a topic must be created, as everywhere else. */
  readonly partitions?: number;
}

/**
 * A broker for unit tests: keeps the promises of the port inside one process, and forgets everything with it. Members of a
 * group are calls of `consume` on the same broker.
 */
export function createMemoryBroker({ partitions }: MemoryBrokerOptions = {}): Broker {
  const topics = new MemoryTopics(partitions);
  const groups = new Map<string, MemoryGroup>();
  const group = (name: string): MemoryGroup => {
    const known = groups.get(name) ?? new MemoryGroup(name, topics);
    groups.set(name, known);
    return known;
  };
  return {
    name: "broker",
    admin: {
      createTopics: async (specs) => topics.create(specs),
      checkTopics: async (specs) => topics.check(specs),
      ranges: async (topic) => topics.ranges(topic),
      read: async (topic, partition, from, limit) => topics.read(topic, partition, from, limit),
      lag: async (name, names) => group(name).lag(names),
      seek: async (name, topic, partition, offset) => group(name).seek(topic, partition, offset),
    },
    start: async () => undefined,
    stop: async () => {
      await Promise.all([...groups.values()].map((each) => each.stop()));
    },
    send: async (messages) => messages.map((message) => topics.append(message)),
    consume: async (subscription) => group(subscription.group).join(subscription),
  };
}
