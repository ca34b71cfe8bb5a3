import { setTimeout as delay } from "node:timers/promises";
import { isNoLongerMember, isRdError } from "../client/errors.ts";
import { codes, type Partition, type PartitionOffset, type RdConsumer, type RdError } from "../client/rd-kafka.ts";

const AGAIN_MS = 500;
/** An answer can get lost with the broker that owed it; a member that waited for it would read no more. */
const ANSWER_WITHIN_MS = 8_000;

/** A request on its way. */
interface Request {
  readonly offsets: readonly PartitionOffset[];
  readonly answer: PromiseWithResolvers<void>;
}

/** What a committer works with. */
export interface CommitterOptions {
  readonly consumer: Pick<RdConsumer, "commitCb">;
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds after which a request counts as lost. Default 8000. */
  readonly answerWithinMs?: number;
}

/**
 * Commits offsets in the background: one request at a time, with the newest of every partition. What a request could not
 * commit is tried again, or comes with the next.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #waiting = new Map<string, PartitionOffset>();
  #request: Request | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Does not wait. */
  add(offset: PartitionOffset): void {
    if (this.#closed) return;
    this.#waiting.set(keyOf(offset), offset);
    this.#running ??= this.#run();
  }

  /** The broker has answered a request: librdkafka's `offset_commit_cb`. The answer to one that was given up is no news. */
  answered(error: RdError | undefined, offsets: readonly PartitionOffset[]): void {
    const request = this.#request;
    if (request === undefined || !sameOffsets(request.offsets, offsets)) return;
    if (error === undefined) request.answer.resolve();
    else request.answer.reject(error);
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
        await this.#commit(offsets);
      } catch (error) {
        this.#options.onFailure(error);
        if (!isRdError(error) || isNoLongerMember(error)) continue;
        this.#putBack(offsets);
        await delay(AGAIN_MS);
      }
    }
    this.#running = undefined;
  }

  /** The callback of the call itself only says that the request is queued. */
  #commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const { consumer, answerWithinMs = ANSWER_WITHIN_MS } = this.#options;
    const answer = Promise.withResolvers<void>();
    this.#request = { offsets, answer };
    const timer = setTimeout(() => answer.reject(noAnswer), answerWithinMs);
    consumer.commitCb(offsets, (error) => {
      if (error) answer.reject(error);
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

const sameOffsets = (one: readonly PartitionOffset[], other: readonly PartitionOffset[]): boolean =>
  one.length === other.length && one.every((each) => other.some((also) => sameOffset(each, also)));

const sameOffset = (one: PartitionOffset, other: PartitionOffset): boolean =>
  keyOf(one) === keyOf(other) && one.offset === other.offset;

const noAnswer: RdError & Error = Object.assign(new Error("the broker did not answer a commit"), {
  code: codes.timedOut,
});
