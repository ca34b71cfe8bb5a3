import type { SendOutcome } from "@gantry/kernel";

/** A message as a producer gives it to a broker. */
export interface OutboundMessage {
  readonly topic: string;
  /** Messages with the same key go to the same partition and stay in order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** At most {@link MAX_MESSAGE_BYTES}. */
  readonly value: Uint8Array;
}

/** A message as a broker delivers it. Anybody may have written it: nothing in it is checked. */
export interface InboundMessage {
  readonly topic: string;
  readonly partition: number;
  /** Counts the messages of the partition from 0. Rises with every message; other software may leave gaps. */
  readonly offset: bigint;
  /** Undefined when the producer set none, or bytes that are not UTF-8. */
  readonly key: string | undefined;
  /** Of a header that is there twice, the last. Bytes that are not UTF-8 are read with replacement characters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a tombstone. */
  readonly value: Uint8Array;
  readonly sentAt: Date;
}

/** The largest `value`, in bytes. */
export const MAX_MESSAGE_BYTES = 900_000;

/** Partitions of a topic of events: the most members that can share its work. */
export const DEFAULT_PARTITIONS = 12;

/** A topic that must be there. */
export interface TopicSpec {
  readonly name: string;
  /** Never changed afterwards: the partition of a key depends on it. */
  readonly partitions: number;
}

/** Neighbouring messages of one partition, in order. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  /** At least one. */
  readonly messages: readonly InboundMessage[];
  /** Aborted when the consumption stops or the partition is taken away; what is not finished then comes again, elsewhere. */
  readonly signal: AbortSignal;
  /**
   * Says that this message and all before it are done. Counts even when the batch fails later: only what lies behind is
   * delivered again.
   */
  resolve(offset: bigint): void;
}

/** Who reads what. */
export interface Subscription {
  /** The consumer group: its members share the partitions, each partition belongs to one member at a time. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Messages in one batch at most. Default 200. */
  readonly batchSize?: number;
  /**
   * Handles one batch. When it resolves, everything in it is done, and its offsets are committed. When it rejects, what was
   * not resolved is delivered again, in order, after a back-off of 100 ms doubling to 10 s.
   *
   * Called for one batch of a partition at a time; for different partitions at once. Taking long is the back-pressure:
   * no more is fetched than a few batches ahead.
   */
  onBatch(batch: Batch): Promise<void>;
  /** Told when partitions come and go, for logs and metrics. */
  onAssignment?(partitions: readonly { readonly topic: string; readonly partition: number }[]): void;
}

/** A membership in a consumer group. */
export interface Consumption {
  /**
   * Takes no more batches, lets the running ones finish, commits what they resolved and leaves the group, so that the others
   * take over at once. Idempotent.
   */
  stop(): Promise<void>;
}

/** The messages that a partition holds: `first` up to and without `next`. */
export interface PartitionRange {
  readonly partition: number;
  readonly first: bigint;
  readonly next: bigint;
}

/** How far a group is behind in one partition: `next - committed` messages. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** The next offset that the group reads. What it never committed counts from the first message kept. */
  readonly committed: bigint;
  readonly next: bigint;
}

/** What operators and tests do; services need none of it at run time. */
export interface BrokerAdmin {
  /** Makes the topics that are not there. Leaves those that are as they are. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /**
   * @throws AppError `failed_precondition` TOPIC_MISSING or TOPIC_PARTITIONS (fewer than asked for, as an auto-created topic
   * has), naming all that is wrong and what to do
   */
  checkTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** @throws AppError `not_found` TOPIC_MISSING */
  ranges(topic: string): Promise<readonly PartitionRange[]>;
  /** Messages from an offset on, without a group. Empty at the end of the partition. */
  read(topic: string, partition: number, from: bigint, limit: number): Promise<readonly InboundMessage[]>;
  /** One entry for each partition of the topics. */
  lag(group: string, topics: readonly string[]): Promise<readonly PartitionLag[]>;
  /**
   * Sets where the group goes on: a replay. The group must have no members.
   * @throws AppError `failed_precondition` GROUP_ACTIVE
   */
  seek(group: string, topic: string, partition: number, offset: bigint): Promise<void>;
}

/**
 * Keeps messages in partitioned topics and delivers them to groups, at least once, in order within a partition.
 *
 * A message is acknowledged when it is durable. A group begins at the first message kept. Nothing is delivered exactly once
 * here: what a message does is made so by the consumer's inbox.
 */
export interface Broker {
  readonly name: "broker";
  readonly admin: BrokerAdmin;
  /**
   * Connects and checks the topics it was made with. A broker that cannot be reached now does not fail the start: it is
   * tried again until it can, and the outbox keeps what is to be sent meanwhile.
   * @throws AppError `failed_precondition` TOPIC_MISSING, TOPIC_PARTITIONS, KAFKA_CLIENT_MISSING
   */
  start(): Promise<void>;
  /** Sends what was given, then disconnects. Stop consumptions and relays first. Idempotent. */
  stop(): Promise<void>;
  /**
   * Stores messages; one outcome for each, in the same order. Messages of one key are stored in the order given, and behind
   * those of earlier calls. Never rejects; resolves within about ten seconds: what is not acknowledged by then has failed.
   */
  send(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]>;
  /** Joins the group. Resolves when the membership is begun; batches may come earlier. Reconnects by itself. */
  consume(subscription: Subscription): Promise<Consumption>;
}
