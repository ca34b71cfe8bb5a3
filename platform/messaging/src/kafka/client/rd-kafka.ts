/**
 * What we use of `@confluentinc/kafka-javascript` 1.10, its callback interface (`RdKafka`). Written down here because the
 * package is not installed with the others; {@link isRdKafka} looks whether it is there.
 */
export interface RdKafka {
  readonly Producer: new (settings: ClientSettings) => RdProducer;
  readonly KafkaConsumer: new (settings: ClientSettings) => RdConsumer;
  readonly AdminClient: { create(settings: ClientSettings, on?: Readonly<Record<string, unknown>>): RdAdmin };
  /** -2 stands for the first offset, -1 for the next one. */
  readonly OffsetSpec: new (
    timestamp: number,
  ) => object;
}

/** librdkafka's own names and units: https://docs.confluent.io/platform/current/clients/librdkafka/html/md_CONFIGURATION.html */
export type ClientSettings = Readonly<Record<string, string | number | boolean | Callback>>;

// biome-ignore lint/suspicious/noExplicitAny: librdkafka calls these with arguments of its own.
type Callback = (...args: any[]) => void;

/** Called with an error or with a result. */
export type Done<T = void> = (error: RdError | null | undefined, result: T) => void;

/** An error of librdkafka. */
export interface RdError {
  readonly message: string;
  /** Negative: found by the client. Positive: the broker's. See {@link codes}. */
  readonly code: number;
}

/** A partition of a topic. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** The next offset to read, or one of librdkafka's negative numbers with a meaning. */
export interface PartitionOffset extends Partition {
  readonly offset: number;
}

interface Client {
  connect(options: { readonly timeout: number }, done: Done<unknown>): void;
  on(event: "event.log", listener: (line: RdLog) => void): void;
  /** Its code is always -1: only the words of the error come through. */
  on(event: "event.error", listener: (error: RdError) => void): void;
}

/** A line of librdkafka's log. */
export interface RdLog {
  /** As in syslog: 3 error, 4 warning, 6 information. */
  readonly severity: number;
  readonly fac: string;
  readonly message: string;
}

export interface RdProducer extends Client {
  /** Only queues. Throws an {@link RdError} when that cannot be. */
  produce(
    topic: string,
    partition: number,
    value: Buffer,
    key: string | Buffer | null,
    timestamp: number,
    opaque: unknown,
    headers: readonly Readonly<Record<string, string | Buffer>>[],
  ): void;
  setPollInBackground(on: boolean): void;
  on(event: "delivery-report", listener: (error: RdError | null, report: { readonly opaque: unknown }) => void): void;
  on(event: "event.log", listener: (line: RdLog) => void): void;
  on(event: "event.error", listener: (error: RdError) => void): void;
  /** Flushes for so many milliseconds first. */
  disconnect(flushMs: number, done: Done<unknown>): void;
}

/** Where a group goes on in a partition. */
export interface CommittedOffset extends Partition {
  readonly offset?: number;
}

export interface RdConsumer extends Client {
  subscribe(topics: readonly string[]): void;
  unsubscribe(): void;
  setDefaultConsumeTimeout(ms: number): void;
  consume(count: number, done: Done<readonly RdMessage[]>): void;
  assign(partitions: readonly PartitionOffset[]): void;
  incrementalAssign(partitions: readonly Partition[]): void;
  incrementalUnassign(partitions: readonly Partition[]): void;
  assignmentLost(): boolean;
  pause(partitions: readonly Partition[]): void;
  resume(partitions: readonly Partition[]): void;
  /** Is done when the request is queued. What becomes of it is told by the setting `offset_commit_cb`. */
  commitCb(offsets: readonly PartitionOffset[], done: Done): void;
  /** What the group has committed; of a partition that it never did, no offset or a negative one. */
  committed(partitions: readonly Partition[], timeoutMs: number, done: Done<readonly CommittedOffset[]>): void;
  disconnect(done: Done<unknown>): void;
}

/** A message as librdkafka delivers it. */
export interface RdMessage extends PartitionOffset {
  readonly value: Buffer | null;
  readonly key?: Buffer | null;
  readonly timestamp?: number;
  readonly headers?: readonly Readonly<Record<string, Buffer>>[];
}

export interface RdAdmin {
  createTopic(topic: NewTopic, timeoutMs: number, done: Done): void;
  describeTopics(topics: readonly string[], options: Timeout, done: Done<readonly TopicDescription[]>): void;
  listOffsets(
    partitions: readonly (Partition & { readonly offset: object })[],
    options: Timeout,
    done: Done<readonly PartitionOffset[]>,
  ): void;
  describeGroups(
    groups: readonly string[],
    options: Timeout,
    done: Done<{ readonly groups: readonly { readonly members: readonly unknown[] }[] }>,
  ): void;
  /** Does not wait. */
  disconnect(): void;
}

/** Milliseconds. */
type Timeout = { readonly timeout: number };

interface NewTopic {
  readonly topic: string;
  readonly num_partitions: number;
  /** -1: as the broker has it. */
  readonly replication_factor: number;
}

interface TopicDescription {
  readonly name: string;
  readonly partitions: readonly unknown[];
  readonly error?: RdError;
}

/** Whether a loaded module is the client. */
export function isRdKafka(module: unknown): module is RdKafka {
  const parts = ["Producer", "KafkaConsumer", "AdminClient", "OffsetSpec"];
  return typeof module === "object" && module !== null && parts.every((part) => part in module);
}

/** Those of librdkafka's codes that we tell apart. */
export const codes = {
  fatal: -150,
  timedOut: -185,
  messageTimedOut: -192,
  transport: -195,
  queueFull: -184,
  assign: -175,
  revoke: -174,
  unknownTopicHere: -188,
  unknownTopic: 3,
  tooLarge: 10,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalancing: 27,
  topicExists: 36,
  groupNotFound: 69,
  fencedMember: 110,
  staleMember: 113,
} as const;
