import { setTimeout as delay } from "node:timers/promises";
import type { SendOutcome } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { OutboundMessage } from "../../port/broker.ts";
import type { ClientLog } from "../client/client-log.ts";
import { ask } from "../client/errors.ts";
import type { RdError, RdKafka, RdProducer } from "../client/rd-kafka.ts";
import { type KafkaAddress, MESSAGE_TIMEOUT_MS, producerSettings } from "../settings.ts";
import { LiveProducer } from "./live-producer.ts";
import { unacknowledged } from "./outcomes.ts";

const CONNECT_WITHIN_MS = 3_000;
const CONNECT_AGAIN_MS = 500;

/** What a producer is made of. */
export interface KafkaProducerOptions {
  readonly client: RdKafka;
  readonly address: KafkaAddress;
  readonly log: ClientLog;
  readonly logger: Logger;
}

/** Sends messages, connecting as often as it takes. */
export class KafkaProducer {
  readonly #options: KafkaProducerOptions;
  readonly #stopping = new AbortController();
  /** Resolves to undefined once it is stopped. */
  #live: Promise<LiveProducer | undefined>;

  /** Begins to connect. */
  constructor(options: KafkaProducerOptions) {
    this.#options = options;
    this.#live = this.#connect();
  }

  /** As the port promises it: one outcome for each message, never rejects, about ten seconds at most. */
  async send(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    const waiting = new AbortController();
    const late = delay(MESSAGE_TIMEOUT_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    const live = await Promise.race([this.#live, late]);
    waiting.abort();
    return live === undefined ? messages.map(() => unacknowledged()) : await live.send(messages);
  }

  /** Sends what was given, waiting for it as long as a message may take; then disconnects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const live = await this.#live;
    this.#live = Promise.resolve(undefined);
    await live?.disconnect(MESSAGE_TIMEOUT_MS);
  }

  async #connect(): Promise<LiveProducer | undefined> {
    while (!this.#stopping.signal.aborted) {
      const handle = await this.#tryOnce();
      if (handle !== undefined) {
        const live: LiveProducer = new LiveProducer(handle, (error) => this.#replace(live, error));
        return live;
      }
      await delay(CONNECT_AGAIN_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
    return undefined;
  }

  async #tryOnce(): Promise<RdProducer | undefined> {
    const { client, address, log } = this.#options;
    const handle = new client.Producer(producerSettings(address));
    handle.on("event.log", log.line);
    handle.on("event.error", log.error);
    return await ask((done) => handle.connect({ timeout: CONNECT_WITHIN_MS }, done)).then(
      () => handle,
      () => undefined, // It has disconnected itself, and said why through the log.
    );
  }

  /** The old one is gone before the new one sends: what it still had may not come behind what follows. */
  #replace(spoilt: LiveProducer, error: RdError): void {
    this.#options.logger.warn({ kafka_code: error.code, kafka_message: error.message }, "kafka producer is replaced");
    this.#live = spoilt.disconnect(0).then(() => this.#connect());
  }
}
