import { AppError } from "@gantry/kernel";
import { codes, type Done, type RdError } from "./rd-kafka.ts";

/** Whether the group has gone on without the one who commits: somebody else has the partition, and it comes again there. */
export const isNoLongerMember = ({ code }: RdError): boolean => outcasts.has(code);

const outcasts: ReadonlySet<number> = new Set([
  codes.illegalGeneration,
  codes.unknownMember,
  codes.rebalancing,
  codes.fencedMember,
  codes.staleMember,
]);

/** An error of librdkafka as one of ours. Its words go to the log only. */
export function translateKafkaError(error: RdError): AppError {
  const meta = { kafka_code: error.code };
  if (error.code === codes.tooLarge) {
    const message = "The broker takes no messages as large as this one: raise its message.max.bytes to 1,000,000.";
    return new AppError({ kind: "payload_too_large", reason: "EVENT_TOO_LARGE", message, meta, cause: error });
  }
  if (error.code === codes.unknownTopic || error.code === codes.unknownTopicHere) {
    const message = "The topic is not there: create it first.";
    return new AppError({ kind: "not_found", reason: "TOPIC_MISSING", message, meta, cause: error });
  }
  const message = "Kafka does not answer.";
  return new AppError({ kind: "unavailable", reason: "KAFKA_UNAVAILABLE", message, meta, cause: error });
}

/** Calls librdkafka and waits. @throws RdError */
export function ask<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Whether something caught is an error of librdkafka. */
export const isRdError = (error: unknown): error is RdError =>
  error instanceof Error && "code" in error && typeof error.code === "number";
