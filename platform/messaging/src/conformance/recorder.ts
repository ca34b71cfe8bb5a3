import { EventEmitter } from "node:events";
import type { Batch, InboundMessage } from "../port/broker.ts";

/** What one or more members were given, in the order in which they were. */
export class Recorder {
  readonly batches: Batch[] = [];
  /** Partitions that were handed out while an earlier batch of theirs was still being handled. */
  readonly overlaps: string[] = [];
  /** The most partitions that were handled at the same time. */
  mostAtOnce = 0;
  readonly #handling = new Set<string>();
  readonly #events = new EventEmitter<{ change: [] }>().setMaxListeners(0);

  get messages(): InboundMessage[] {
    return this.batches.flatMap((batch) => batch.messages);
  }

  /** The texts of the values, each once, in the order in which they came first. */
  get texts(): string[] {
    return [...new Set(this.messages.map(({ value }) => Buffer.from(value).toString()))];
  }

  /** Records around `handle`. */
  async handle(batch: Batch, handle: () => Promise<void>): Promise<void> {
    const id = `${batch.topic}/${batch.partition}`;
    if (this.#handling.has(id)) this.overlaps.push(id);
    this.#handling.add(id);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#handling.size);
    this.batches.push(batch);
    this.changed();
    try {
      await handle();
    } finally {
      this.#handling.delete(id);
      this.changed();
    }
  }

  /** Lets those who wait look again. */
  changed(): void {
    this.#events.emit("change");
  }

  /**
   * Waits until the probe says true; it is asked after every change.
   * @throws Error with what is known when it did not within the deadline
   */
  async until(what: string, withinMs: number, probe: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (probe()) resolve();
    };
    const timer = setTimeout(() => reject(new Error(`not within ${withinMs} ms: ${what}`)), withinMs);
    this.#events.on("change", look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#events.off("change", look);
    });
  }
}
