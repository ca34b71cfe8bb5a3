import {
  type Broker,
  createBroker,
  deadLetterTopic,
  type InboundMessage,
  type PartitionRange,
} from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { eventTopics } from "../../topology.ts";
import type { CheckRequest } from "../check-request.ts";
import type { DeadLetter, Snapshot, TopicMessage } from "../snapshot.ts";

/** Everything that the topics of events and their dead-letter topics hold. */
export async function readTopics(
  request: Pick<CheckRequest, "kafkaBrokers" | "eventLogUrl">,
): Promise<Pick<Snapshot, "messages" | "deadLetters">> {
  const broker = createBroker({
    kafkaBrokers: request.kafkaBrokers?.split(","),
    eventLogUrl: request.eventLogUrl,
    clientId: "checker",
    topics: [],
    logger: silentLogger,
  });
  await broker.start();
  try {
    const messages: TopicMessage[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const topic of eventTopics) {
      for (const message of await readTopic(broker, topic)) messages.push(messageOf(message));
      for (const message of await readTopic(broker, deadLetterTopic(topic))) deadLetters.push(letterOf(topic, message));
    }
    return { messages, deadLetters };
  } finally {
    await broker.stop();
  }
}

const AT_ONCE = 500;

/** All messages of a topic, in order within each partition. */
export async function readTopic(broker: Pick<Broker, "admin">, topic: string): Promise<readonly InboundMessage[]> {
  const ranges = await broker.admin.ranges(topic);
  const partitions = await Promise.all(ranges.map((range) => readPartition(broker, topic, range)));
  return partitions.flat();
}

async function readPartition(
  { admin }: Pick<Broker, "admin">,
  topic: string,
  { partition, first, next }: PartitionRange,
) {
  const all: InboundMessage[] = [];
  let from = first;
  while (from < next) {
    const some = await admin.read(topic, partition, from, AT_ONCE);
    const last = some.at(-1);
    if (last === undefined) break;
    all.push(...some);
    from = last.offset + 1n;
  }
  return all;
}

const messageOf = ({ topic, partition, offset, key, headers }: InboundMessage): TopicMessage => ({
  topic,
  partition,
  offset: offset.toString(),
  key: key ?? "",
  eventId: headers.event_id ?? "",
  type: headers.type ?? "",
  version: Number(headers.aggregate_version ?? 0),
});

const letterOf = (topic: string, { headers }: InboundMessage): DeadLetter => ({
  topic,
  consumer: headers.dlq_consumer ?? "",
  reason: headers.dlq_reason ?? "",
  eventId: headers.event_id ?? "",
});
