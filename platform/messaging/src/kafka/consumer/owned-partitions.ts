import type { Logger } from "@gantry/telemetry";
import type { Subscription } from "../../port/broker.ts";
import { deliver } from "../../port/deliver.ts";
import type { Partition, RdConsumer, RdMessage } from "../client/rd-kafka.ts";
import { toInbound } from "../inbound-message.ts";
import { within } from "../within.ts";
import type { Committer } from "./committer.ts";
import { PartitionBuffer } from "./partition-buffer.ts";

const DEFAULT_BATCH_SIZE = 200;

/** One partition while it is ours. */
interface Owned extends Partition {
  readonly buffer: PartitionBuffer;
  readonly ending: AbortController;
  /** Resolves when its last batch is done. */
  readonly delivered: Promise<void>;
  paused: boolean;
}

/** What the partitions of a member work with. */
export interface OwnedPartitionsOptions {
  readonly subscription: Subscription;
  readonly committer: Committer;
  readonly logger: Logger;
  /** Told when there is room again for what was paused. */
  readonly onRoom: () => void;
}

/** The partitions that a member has now: each delivers on its own, so that one that fails or is slow holds up no other. */
export class OwnedPartitions {
  readonly #options: OwnedPartitionsOptions;
  readonly #owned = new Map<string, Owned>();

  constructor(options: OwnedPartitionsOptions) {
    this.#options = options;
  }

  get list(): readonly Partition[] {
    return [...this.#owned.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  /** Begins to deliver what is received of it. */
  own({ topic, partition }: Partition): void {
    const { subscription } = this.#options;
    const buffer = new PartitionBuffer(subscription.batchSize ?? DEFAULT_BATCH_SIZE);
    const ending = new AbortController();
    const delivered = this.#deliver({ topic, partition }, buffer, ending.signal);
    this.#owned.set(keyOf({ topic, partition }), { topic, partition, buffer, ending, delivered, paused: false });
  }

  /** What belongs to a partition that is not ours any more is dropped. */
  receive(messages: readonly RdMessage[]): void {
    for (const message of messages) this.#owned.get(keyOf(message))?.buffer.add(toInbound(message));
  }

  /** Tells the batches to end, and waits for them that long. Whether all did. */
  end(partitions: readonly Partition[], ms: number): Promise<boolean> {
    const ending = partitions.flatMap((partition) => this.#owned.get(keyOf(partition)) ?? []);
    for (const owned of ending) owned.ending.abort();
    return within(ms, Promise.all(ending.map(({ delivered }) => delivered)));
  }

  /** After this nothing of them is committed. */
  disown(partitions: readonly Partition[]): void {
    for (const partition of partitions) {
      this.#owned.delete(keyOf(partition));
      this.#options.committer.forget(partition);
    }
  }

  /**
   * Stops fetching partitions that have enough waiting, and goes on with those that have room. This is librdkafka's own
   * pause: it goes on with the message behind the last one it delivered.
   */
  throttle(consumer: Pick<RdConsumer, "pause" | "resume">): void {
    const all = [...this.#owned.values()];
    const full = all.filter(({ paused, buffer }) => !paused && buffer.full);
    const roomy = all.filter(({ paused, buffer }) => paused && buffer.low);
    if (full.length > 0) consumer.pause(full.map(partitionOnly));
    if (roomy.length > 0) consumer.resume(roomy.map(partitionOnly));
    for (const owned of full) owned.paused = true;
    for (const owned of roomy) owned.paused = false;
  }

  #deliver(partition: Partition, buffer: PartitionBuffer, signal: AbortSignal): Promise<void> {
    const { subscription, committer, logger, onRoom } = this.#options;
    const isOurs = () => this.#owned.get(keyOf(partition))?.buffer === buffer;
    const feed = {
      ...partition,
      fetch: (from: bigint) => {
        buffer.release(from);
        if (this.#owned.get(keyOf(partition))?.paused && buffer.low) onRoom();
        return buffer.peek(signal);
      },
      commit: async (next: bigint) => {
        if (isOurs()) committer.add({ ...partition, offset: Number(next) });
      },
      failed: (error: unknown, waitMs: number) =>
        logger.warn({ ...partition, wait_ms: waitMs, error }, "a batch failed and is delivered again"),
    };
    // The broker knows where the group is: what comes first is where it goes on.
    return deliver(feed, subscription, 0n, signal);
  }
}

const keyOf = ({ topic, partition }: Partition): string => `${topic} ${partition}`;
const partitionOnly = ({ topic, partition }: Partition): Partition => ({ topic, partition });
