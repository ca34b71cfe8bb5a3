import { randomUUID } from "node:crypto";
import type { InboundMessage, PartitionRange } from "../../port/broker.ts";
import type { ClientLog } from "../client/client-log.ts";
import { ask, isRdError, translateKafkaError } from "../client/errors.ts";
import type { ClientSettings, RdConsumer, RdKafka, RdMessage } from "../client/rd-kafka.ts";
import { toInbound } from "../inbound-message.ts";
import { consumerSettings, type KafkaAddress } from "../settings.ts";
import { within } from "../within.ts";

const CONNECT_WITHIN_MS = 5_000;
const WAIT_MS = 200;
const WITHIN_MS = 10_000;

/** What a short-lived consumer is made of. */
export interface ReaderOptions {
  readonly client: RdKafka;
  readonly address: KafkaAddress;
  readonly log: ClientLog;
}

/** Reads from an offset up to what the partition held when it was asked, without a group: it commits nothing. */
export async function readPartition(
  options: ReaderOptions,
  topic: string,
  { partition, next }: PartitionRange,
  from: bigint,
  limit: number,
): Promise<readonly InboundMessage[]> {
  if (from >= next || limit < 1) return [];
  return await withConsumer(options, `gantry-read-${randomUUID()}`, async (consumer) => {
    consumer.setDefaultConsumeTimeout(WAIT_MS);
    consumer.assign([{ topic, partition, offset: Number(from) }]);
    const messages: InboundMessage[] = [];
    const until = Date.now() + WITHIN_MS;
    // The last offsets may hold nothing that is delivered (marks of a transaction): then time ends it.
    while (messages.length < limit && (messages.at(-1)?.offset ?? -1n) < next - 1n && Date.now() < until) {
      const more = await ask<readonly RdMessage[]>((done) => consumer.consume(limit - messages.length, done));
      messages.push(...more.map(toInbound));
    }
    return messages;
  });
}

/** Connects a consumer that joins no group by itself. @throws AppError */
export async function withConsumer<T>(
  { client, address, log }: ReaderOptions,
  group: string,
  use: (consumer: RdConsumer) => Promise<T>,
  more: ClientSettings = {},
): Promise<T> {
  const consumer = new client.KafkaConsumer({ ...consumerSettings(address, group, "classic"), ...more });
  consumer.on("event.log", log.line);
  consumer.on("event.error", log.error);
  try {
    await ask((done) => consumer.connect({ timeout: CONNECT_WITHIN_MS }, done));
  } catch (error) {
    throw isRdError(error) ? translateKafkaError(error) : error;
  }
  try {
    return await use(consumer);
  } catch (error) {
    throw isRdError(error) ? translateKafkaError(error) : error;
  } finally {
    await within(
      CONNECT_WITHIN_MS,
      ask((done) => consumer.disconnect(done)),
    );
  }
}
