import type { InboundMessage } from "../../port/broker.ts";

const SLOW_MS = 250;

/** What was read of a partition and is not done yet. */
export class PartitionBuffer {
  readonly #batchSize: number;
  readonly #messages: InboundMessage[] = [];
  #bytes = 0;
  #last = -1n;
  #handedAt = 0;
  #arrived = Promise.withResolvers<void>();

  /** @param batchSize messages handed out at a time */
  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  get messages(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the batch that was handed out last has been in hand for long: it waits for something, or fails. */
  get slow(): boolean {
    return this.#messages.length > 0 && performance.now() - this.#handedAt > SLOW_MS;
  }

  /** Whether nothing waits behind the batch in hand. */
  get roomy(): boolean {
    return this.#messages.length <= this.#batchSize;
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

  /** Waits for messages and hands out the first batch of them, without forgetting it. None when the signal is aborted. */
  async handOut(signal: AbortSignal): Promise<readonly InboundMessage[]> {
    if (this.#messages.length === 0) await this.#wait(signal);
    this.#handedAt = performance.now();
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
