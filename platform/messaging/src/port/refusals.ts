import { AppError, type SendOutcome } from "@gantry/kernel";
import { MAX_MESSAGE_BYTES, type OutboundMessage, type TopicSpec } from "./broker.ts";

/**
 * Compares the topics that must be there with those that are.
 * @param partitionsOf undefined for a topic that is not there
 * @throws AppError `failed_precondition` TOPIC_MISSING or TOPIC_PARTITIONS, naming all that is wrong and what to do
 */
export function assertTopics(wanted: readonly TopicSpec[], partitionsOf: (topic: string) => number | undefined): void {
  const missing = wanted.filter(({ name }) => partitionsOf(name) === undefined);
  const small = wanted.filter(({ name, partitions }) => (partitionsOf(name) ?? partitions) < partitions);
  if (missing.length + small.length === 0) return;
  const lines = [
    ...missing.map(({ name, partitions }) => `${name} is missing: create it with ${partitions} partitions.`),
    ...small.map(
      ({ name, partitions }) =>
        `${name} has ${partitionsOf(name)} partitions, not ${partitions}: nobody created it on purpose (a broker with auto-creation on?). Delete it if it is empty and create it with ${partitions}; if it is not, move its messages to a new one, for the partition of a key depends on their number.`,
    ),
  ];
  const reason = missing.length > 0 ? "TOPIC_MISSING" : "TOPIC_PARTITIONS";
  throw new AppError({ kind: "failed_precondition", reason, message: lines.join(" ") });
}

/** What is asked about a topic that is not there. */
export const topicMissing = (topic: string): AppError =>
  new AppError({
    kind: "not_found",
    reason: "TOPIC_MISSING",
    message: `There is no topic "${topic}": create it first.`,
  });

/** A replay under the feet of a running group would be undone by its next commit. */
export const groupActive = (group: string, members: number): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "GROUP_ACTIVE",
    message: `The group "${group}" has ${members} members: stop them before its position is set.`,
  });

/** Undefined when the message may be sent. */
export function refuseTooLarge({ topic, value }: OutboundMessage): SendOutcome | undefined {
  if (value.byteLength <= MAX_MESSAGE_BYTES) return undefined;
  const error = new AppError({
    kind: "payload_too_large",
    reason: "EVENT_TOO_LARGE",
    message: `A message to "${topic}" has ${value.byteLength} bytes; ${MAX_MESSAGE_BYTES} are allowed.`,
  });
  return { acked: false, error };
}
