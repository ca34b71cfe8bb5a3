import type { InboundMessage } from "../../port/broker.ts";

const MAX_BYTES = 8 * 1_024 * 1_024;

/** What was read of a partition and is not done yet. Bounded: when it is {@link full}, no more of the partition is fetched. */
export class PartitionBuffer {
  readonly #batchSize: number;
  readonly #messages: InboundMessage[] = [];
  #bytes = 0;
  #last = -1n;
  #arrived = Promise.withResolvers<void>();

  /** @param batchSize messages handed out at a time */
  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  /** Two batches ahead, or eight megabytes. */
  get full(): boolean {
    return this.#messages.length >= 2 * this.#batchSize || this.#bytes >= MAX_BYTES;
  }

  /** Time to fetch again. Lower than {@link full}, so that fetching is not switched with every message. */
  get low(): boolean {
    return this.#messages.length < this.#batchSize && this.#bytes < MAX_BYTES / 2;
  }

  /** Takes no message twice: after a pause librdkafka may deliver the last ones again. */
  add(message: InboundMessage): void {
    if (message.offset <= this.#last) return;
    this.#last = message.offset;
    this.#messages.push(message);
    this.#bytes += message.value.byteLength;
    this.#arrived.resolve();
  }

  /** Forgets what lies before `offset`: it is done. */
  release(offset: bigint): void {
    const kept = this.#messages.findIndex((message) => message.offset >= offset);
    const done = this.#messages.splice(0, kept === -1 ? this.#messages.length : kept);
    for (const { value } of done) this.#bytes -= value.byteLength;
  }

  /** Waits for messages and shows the first batch of them, without forgetting it. None when the signal is aborted. */
  async peek(signal: AbortSignal): Promise<readonly InboundMessage[]> {
    if (this.#messages.length === 0) await this.#wait(signal);
    return signal.aborted ? [] : this.#messages.slice(0, this.#batchSize);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const arrived = Promise.withResolvers<void>();
    this.#arrived = arrived;
    const end = (): void => arrived.resolve();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    await arrived.promise;
    signal.removeEventListener("abort", end);
  }
}
