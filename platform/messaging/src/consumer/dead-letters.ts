import { AppError } from "@gantry/kernel";
import { count, type Logger } from "@gantry/telemetry";
import { deadLetterTopic } from "../channels/topic-specs.ts";
import type { Broker, InboundMessage, OutboundMessage } from "../port/broker.ts";

/** A message that cannot be read, and why. */
export interface Poison {
  readonly message: InboundMessage;
  readonly error: AppError;
}

/**
 * Puts messages into the dead-letter topic of theirs: bytes, key and headers as they came, and why, where and when it was.
 * @throws AppError `unavailable` DEAD_LETTER_UNACKED unless the broker has them all: then they must not be passed over
 */
export async function sendDeadLetters(
  broker: Pick<Broker, "send">,
  consumer: string,
  poison: readonly Poison[],
  logger: Logger,
): Promise<void> {
  if (poison.length === 0) return;
  const outcomes = await broker.send(poison.map((each) => deadLetter(consumer, each)));
  const refused = outcomes.find((outcome) => !outcome.acked);
  if (refused !== undefined && !refused.acked) throw unacked(refused.error);
  for (const { message, error } of poison) {
    const { topic, partition, offset } = message;
    logger.error({ err: error, topic, partition, offset, reason: error.reason }, "message cannot be read: dead letter");
    count("deadLetters", 1, { topic, consumer, reason: error.reason });
  }
}

const deadLetter = (consumer: string, { message, error }: Poison): OutboundMessage => ({
  topic: deadLetterTopic(message.topic),
  key: message.key ?? "",
  headers: {
    ...message.headers,
    dlq_reason: error.reason,
    dlq_error: error.message,
    dlq_topic: message.topic,
    dlq_partition: String(message.partition),
    dlq_offset: String(message.offset),
    dlq_consumer: consumer,
    dlq_at: new Date().toISOString(),
  },
  value: message.value,
});

const unacked = (cause: AppError): AppError =>
  new AppError({
    kind: "unavailable",
    reason: "DEAD_LETTER_UNACKED",
    message: "The broker did not take a dead letter.",
    cause,
  });
