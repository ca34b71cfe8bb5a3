import { EventEmitter } from "node:events";
import type { SendOutcome } from "@gantry/kernel";
import type { InboundMessage, OutboundMessage, PartitionRange, TopicSpec } from "../port/broker.ts";
import { partitionOf } from "../port/partition-of.ts";
import { assertTopics, refuseTooLarge, topicMissing } from "../port/refusals.ts";

/** The messages of a memory broker. */
export class MemoryTopics {
  readonly #topics = new Map<string, readonly InboundMessage[][]>();
  readonly #grown = new EventEmitter<{ grown: [] }>().setMaxListeners(0);
  readonly #defaultPartitions: number | undefined;

  /** @param defaultPartitions how many a topic gets that is used before it was made; undefined: it is refused */
  constructor(defaultPartitions: number | undefined) {
    this.#defaultPartitions = defaultPartitions;
  }

  create(specs: readonly TopicSpec[]): void {
    for (const { name, partitions } of specs) {
      if (this.#topics.has(name)) continue;
      this.#topics.set(
        name,
        Array.from({ length: partitions }, () => []),
      );
    }
  }

  check(specs: readonly TopicSpec[]): void {
    assertTopics(specs, (topic) => this.#topics.get(topic)?.length);
  }

  /** @throws AppError `not_found` TOPIC_MISSING */
  partitions(topic: string): readonly (readonly InboundMessage[])[] {
    return this.#require(topic);
  }

  ranges(topic: string): PartitionRange[] {
    return this.#require(topic).map((messages, partition) => ({ partition, first: 0n, next: BigInt(messages.length) }));
  }

  read(topic: string, partition: number, from: bigint, limit: number): readonly InboundMessage[] {
    const start = from < 0n ? 0 : Number(from);
    return this.#require(topic)[partition]?.slice(start, start + limit) ?? [];
  }

  append(message: OutboundMessage): SendOutcome {
    const refused = refuseTooLarge(message);
    if (refused !== undefined) return refused;
    const partitions = this.#find(message.topic);
    if (partitions === undefined) return { acked: false, error: topicMissing(message.topic) };
    const partition = partitionOf(message.key, partitions.length);
    const messages = partitions[partition] ?? [];
    const { topic, key, headers, value } = message;
    messages.push({
      topic,
      partition,
      offset: BigInt(messages.length),
      key,
      headers: { ...headers },
      // A copy, as a wire would make one: neither side sees what the other does to its bytes.
      value: Uint8Array.from(value),
      sentAt: new Date(),
    });
    this.#grown.emit("grown");
    return { acked: true };
  }

  /** Waits until the partition reaches beyond `from`; nothing when the signal is aborted before. */
  async waitFor(topic: string, partition: number, from: bigint, limit: number, signal: AbortSignal) {
    for (;;) {
      const messages = this.read(topic, partition, from, limit);
      if (messages.length > 0 || signal.aborted) return messages;
      await this.#growth(signal);
    }
  }

  #growth(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#grown.once("grown", wake);
    signal.addEventListener("abort", wake, { once: true });
    return promise.finally(() => {
      this.#grown.off("grown", wake);
      signal.removeEventListener("abort", wake);
    });
  }

  #find(topic: string): readonly InboundMessage[][] | undefined {
    if (this.#defaultPartitions !== undefined) this.create([{ name: topic, partitions: this.#defaultPartitions }]);
    return this.#topics.get(topic);
  }

  #require(topic: string): readonly InboundMessage[][] {
    const partitions = this.#find(topic);
    if (partitions === undefined) throw topicMissing(topic);
    return partitions;
  }
}
