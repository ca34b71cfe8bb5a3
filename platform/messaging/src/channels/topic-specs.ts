import { DEFAULT_PARTITIONS, type TopicSpec } from "../port/broker.ts";
import type { EventRegistry, TopicOf } from "./event-registry.ts";

/** Where a consumer puts what it cannot read. */
export const deadLetterTopic = (topic: string): string => `${topic}.dlq`;

/**
 * The topics that must be there for these topics of events: each with 12 partitions, and its dead-letter topic with one, so
 * that it reads as a list.
 */
export function topicSpecs<R extends EventRegistry>(_registry: R, topics: readonly TopicOf<R>[]): readonly TopicSpec[] {
  return [...new Set(topics)].flatMap((name) => [
    { name, partitions: DEFAULT_PARTITIONS },
    { name: deadLetterTopic(name), partitions: 1 },
  ]);
}
