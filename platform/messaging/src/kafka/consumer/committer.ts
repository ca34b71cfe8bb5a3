import { setTimeout as delay } from "node:timers/promises";
import { isNoLongerMember, isRdError } from "../client/errors.ts";
import type { Partition, PartitionOffset, RdConsumer, RdError } from "../client/rd-kafka.ts";

const AGAIN_MS = 500;
/** An answer can get lost with the broker that owed it; a member that waited for it would read no more. */
const ANSWER_WITHIN_MS = 8_000;
const TIMED_OUT = -185;

/**
 * Commits offsets in the background: one request at a time, with the newest of every partition. What a request could not
 * commit is tried again, or comes with the next.
 */
export class Committer {
  readonly #consumer: Pick<RdConsumer, "commitCb">;
  readonly #onFailure: (error: unknown) => void;
  #waiting = new Map<string, PartitionOffset>();
  #answer = Promise.withResolvers<void>();
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

  /** The broker has answered the request: librdkafka's `offset_commit_cb`. */
  readonly answered = (error: RdError | undefined): void => {
    if (error === undefined) this.#answer.resolve();
    else this.#answer.reject(error);
  };

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
        await this.#commit(offsets);
      } catch (error) {
        this.#onFailure(error);
        if (!isRdError(error) || isNoLongerMember(error)) continue;
        this.#putBack(offsets);
        await delay(AGAIN_MS);
      }
    }
    this.#running = undefined;
  }

  /** The callback of the call itself only says that the request is queued. */
  #commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const answer = Promise.withResolvers<void>();
    this.#answer = answer;
    const lost = Object.assign(new Error("the broker did not answer a commit"), { code: TIMED_OUT });
    const timer = setTimeout(() => answer.reject(lost), ANSWER_WITHIN_MS);
    this.#consumer.commitCb(offsets, (error) => {
      if (error) this.answered(error);
    });
    return answer.promise.finally(() => clearTimeout(timer));
  }

  #putBack(offsets: readonly PartitionOffset[]): void {
    if (this.#closed) return;
    for (const offset of offsets) {
      if (!this.#waiting.has(keyOf(offset))) this.#waiting.set(keyOf(offset), offset);
    }
  }
}

const keyOf = ({ topic, partition }: Partition): string => `${topic} ${partition}`;
