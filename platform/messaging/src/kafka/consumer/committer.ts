import { setTimeout as delay } from "node:timers/promises";
import { ask, isNoLongerMember, isRdError } from "../client/errors.ts";
import type { Partition, PartitionOffset, RdConsumer } from "../client/rd-kafka.ts";

const AGAIN_MS = 500;

/**
 * Commits offsets in the background: one request at a time, with the newest of every partition. What a request could not
 * commit is tried again, or comes with the next.
 */
export class Committer {
  readonly #consumer: Pick<RdConsumer, "commitCb">;
  readonly #onFailure: (error: unknown) => void;
  #waiting = new Map<string, PartitionOffset>();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(consumer: Pick<RdConsumer, "commitCb">, onFailure: (error: unknown) => void) {
    this.#consumer = consumer;
    this.#onFailure = onFailure;
  }

  /** Does not wait. */
  add(offset: PartitionOffset): void {
    if (this.#closed) return;
    this.#waiting.set(keyOf(offset), offset);
    this.#running ??= this.#run();
  }

  /** Resolves when everything added so far is committed, or cannot be any more. Does not reject. */
  async flush(): Promise<void> {
    await this.#running;
  }

  /** Gives up what is not committed of a partition. */
  forget(partition: Partition): void {
    this.#waiting.delete(keyOf(partition));
  }

  /** Gives up what is not committed. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const offsets = [...this.#waiting.values()];
      this.#waiting = new Map();
      try {
        await ask((done) => this.#consumer.commitCb(offsets, done));
      } catch (error) {
        this.#onFailure(error);
        if (!isRdError(error) || isNoLongerMember(error)) continue;
        this.#putBack(offsets);
        await delay(AGAIN_MS);
      }
    }
    this.#running = undefined;
  }

  #putBack(offsets: readonly PartitionOffset[]): void {
    if (this.#closed) return;
    for (const offset of offsets) {
      if (!this.#waiting.has(keyOf(offset))) this.#waiting.set(keyOf(offset), offset);
    }
  }
}

const keyOf = ({ topic, partition }: Partition): string => `${topic} ${partition}`;
