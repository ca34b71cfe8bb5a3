import type { Logger } from "@gantry/telemetry";
import type { Subscription } from "../../port/broker.ts";
import { deliver } from "../../port/deliver.ts";
import type { Partition, RdConsumer, RdMessage } from "../client/rd-kafka.ts";
import { toInbound } from "../inbound-message.ts";
import { within } from "../within.ts";
import type { Committer } from "./committer.ts";
import { PartitionBuffer } from "./partition-buffer.ts";

const DEFAULT_BATCH_SIZE = 200;
/** What waits here for its batch, at most, in all partitions that move on together. */
const MAX_MESSAGES = 4_000;
const MAX_BYTES = 16 * 1_024 * 1_024;

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
  /** Told when there may be room again. */
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
   * Whether more should be fetched: enough waits when so much is there. A partition that is slow does not count, and is
   * not fetched until its batch is done, so that it does not keep the others from theirs.
   *
   * The pause is librdkafka's own: it goes on with the message behind the last one it delivered. It costs a round trip,
   * so that partitions that move on are never paused.
   */
  wantsMore(consumer: Pick<RdConsumer, "pause" | "resume">): boolean {
    this.#switch(
      ({ paused, buffer }) => paused && buffer.roomy,
      false,
      (some) => consumer.resume(some),
    );
    if (this.#hasRoom()) return true;
    this.#switch(
      ({ paused, buffer }) => !paused && buffer.slow,
      true,
      (some) => consumer.pause(some),
    );
    return this.#hasRoom();
  }

  #hasRoom(): boolean {
    const moving = [...this.#owned.values()].filter(({ paused }) => !paused);
    const messages = moving.reduce((sum, { buffer }) => sum + buffer.messages, 0);
    const bytes = moving.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
    return messages < MAX_MESSAGES && bytes < MAX_BYTES;
  }

  #switch(which: (owned: Owned) => boolean, paused: boolean, call: (some: readonly Partition[]) => void): void {
    const some = [...this.#owned.values()].filter(which);
    if (some.length === 0) return;
    call(some.map(({ topic, partition }) => ({ topic, partition })));
    for (const owned of some) owned.paused = paused;
  }

  #deliver(partition: Partition, buffer: PartitionBuffer, signal: AbortSignal): Promise<void> {
    const { subscription, committer, logger, onRoom } = this.#options;
    const isOurs = () => this.#owned.get(keyOf(partition))?.buffer === buffer;
    const feed = {
      ...partition,
      fetch: (from: bigint) => {
        buffer.release(from);
        onRoom();
        return buffer.handOut(signal);
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
