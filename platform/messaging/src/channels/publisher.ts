import { AppError, type EventRecord } from "@gantry/kernel";
import { type OpenTransaction, writeOutbox } from "@gantry/postgres";
import type { Broker } from "../port/broker.ts";
import type { EventCodec } from "./event-codec.ts";
import type { EventInit, EventRegistry, EventSchemaOf } from "./event-registry.ts";
import { toMessage } from "./wire.ts";

/** Where published events go. */
export type EventSink = (records: readonly EventRecord[]) => Promise<void>;

/** Publishes events of a registry. */
export interface Publisher<R extends EventRegistry> {
  /**
   * Writes one event to the sink; topic and key follow from the schema. Resolves to what was written.
   * @throws AppError as {@link EventCodec.record} and the sink do
   */
  publish<Schema extends EventSchemaOf<R>>(schema: Schema, init: EventInit<Schema>): Promise<EventRecord>;
}

/** Joins a codec and a sink. */
export const createPublisher = <R extends EventRegistry>(codec: EventCodec<R>, sink: EventSink): Publisher<R> => ({
  async publish(schema, init) {
    const record = codec.record(schema, init);
    await sink([record]);
    return record;
  },
});

/** The sink for a state and its event: the outbox of this transaction. Publish behind the statement that writes the state. */
export const outboxSink =
  (trx: OpenTransaction): EventSink =>
  (records) =>
    writeOutbox(trx, records);

/**
 * A sink that sends at once and waits until the broker has them. A state and its event need the outbox instead: what is sent
 * from here does not belong to any transaction.
 * @returns a sink that throws the error of the first event that was not acknowledged
 */
export const brokerSink =
  (broker: Pick<Broker, "send">): EventSink =>
  async (records) => {
    const outcomes = await broker.send(records.map(toMessage));
    for (const outcome of outcomes) if (!outcome.acked) throw AppError.from(outcome.error);
  };
