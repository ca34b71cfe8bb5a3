import { AppError, type EventRecord } from "@gantry/kernel";
import { attributeNames, count, type Logger, withSpan } from "@gantry/telemetry";
import type { EventCodec } from "../channels/event-codec.ts";
import type { EventRegistry } from "../channels/event-registry.ts";
import type { Batch, Broker } from "../port/broker.ts";
import type { Apply } from "./apply.ts";
import type { ConsumerFailpoint, ConsumerSettings } from "./consumer-settings.ts";
import { type Poison, sendDeadLetters } from "./dead-letters.ts";
import type { Route } from "./route.ts";
import { settle } from "./settle.ts";

export interface BatchConsumerOptions<R extends EventRegistry, DB> {
  readonly name: string;
  readonly broker: Pick<Broker, "send">;
  readonly codec: EventCodec<R>;
  readonly route: Route<DB>;
  readonly apply: Apply<DB>;
  readonly settings: ConsumerSettings;
  readonly logger: Logger;
  readonly failpoint?: (name: ConsumerFailpoint) => Promise<void>;
}

/** Takes batches from the broker: reads, puts aside what nobody can read, applies the rest, resolves. */
export class BatchConsumer<R extends EventRegistry, DB> {
  readonly #options: BatchConsumerOptions<R, DB>;
  readonly #foreignSchemas = new Set<string>();

  constructor(options: BatchConsumerOptions<R, DB>) {
    this.#options = options;
  }

  /** Rejects when the batch must be delivered again. What it did by then is not done twice: the inbox knows it. */
  async consume(batch: Batch): Promise<void> {
    const { name, broker, logger } = this.#options;
    const { records, poison } = this.#read(batch);
    const labels = { [attributeNames.messagingDestination]: batch.topic, [attributeNames.messagingGroup]: name };
    const attributes = {
      ...labels,
      [attributeNames.messagingPartition]: String(batch.partition),
      [attributeNames.messagingBatchSize]: batch.messages.length,
    };
    const links = records.map(({ headers }) => headers);
    await withSpan(`receive ${batch.topic}`, { attributes, links }, async () => {
      await sendDeadLetters(broker, name, poison, logger);
      await this.#apply(records, batch.signal);
    });
    count("messagingConsumed", batch.messages.length, labels);
    const last = batch.messages.at(-1);
    if (last !== undefined) batch.resolve(last.offset);
    await this.#reach("consumer.after_resolve");
  }

  #read({ messages }: Batch): { readonly records: readonly EventRecord[]; readonly poison: readonly Poison[] } {
    const records: EventRecord[] = [];
    const poison: Poison[] = [];
    for (const message of messages) {
      try {
        const record = this.#options.codec.toRecord(message);
        this.#options.route.read(record);
        this.#noteSchema(record);
        records.push(record);
      } catch (error) {
        // Anything else is a fault of ours, by which no message may be judged.
        if (!AppError.is(error) || error.kind !== "invalid_argument") throw error;
        poison.push({ message, error });
      }
    }
    return { records, poison };
  }

  async #apply(records: readonly EventRecord[], signal: AbortSignal): Promise<void> {
    const { apply, settings, logger } = this.#options;
    await this.#reach("consumer.before_tx");
    const failure = records.length === 0 ? undefined : await apply.batch(records, signal);
    if (failure !== undefined) {
      logger.debug({ err: failure.error, events: records.length }, "batch failed, each aggregate goes on its own");
      await settle({ apply, retryForMs: settings.retryForMs, logger }, records, signal);
    }
    await this.#reach("consumer.after_tx");
  }

  async #reach(failpoint: ConsumerFailpoint): Promise<void> {
    await this.#options.failpoint?.(failpoint);
  }

  /** Said once for each schema: during a rollout both versions are about, and that is as it should be. */
  #noteSchema(record: EventRecord): void {
    if (this.#options.codec.sameSchema(record) !== false) return;
    const foreign = `${record.type} ${record.headers.schema}`;
    if (this.#foreignSchemas.has(foreign) || this.#foreignSchemas.size >= MAX_NOTED) return;
    this.#foreignSchemas.add(foreign);
    const fields = { event_type: record.type, schema: record.headers.schema };
    this.#options.logger.info(fields, "the producer has another version of this event's schema");
  }
}

const MAX_NOTED = 1000;
