import type { BrokerAdmin, PartitionLag, PartitionRange, TopicSpec } from "../../port/broker.ts";
import { assertTopics, topicMissing } from "../../port/refusals.ts";
import type { ClientLog } from "../client/client-log.ts";
import { ask, isRdError, translateKafkaError } from "../client/errors.ts";
import {
  type CommittedOffset,
  codes,
  type Done,
  type Partition,
  type RdAdmin,
  type RdKafka,
} from "../client/rd-kafka.ts";
import { commonSettings, type KafkaAddress } from "../settings.ts";
import { readPartition, withConsumer } from "./read-partition.ts";
import { setPosition } from "./set-position.ts";

const TIMEOUT = { timeout: 5_000 };
const FIRST = -2;
const NEXT = -1;
/** As many copies as the brokers are set up to keep. */
const BROKER_DEFAULT = -1;

/** What operations are made with. */
export interface KafkaAdminOptions {
  /** Loads the client; throws when it is not there. */
  readonly client: () => RdKafka;
  readonly address: KafkaAddress;
  readonly log: ClientLog;
}

/** The port's operations. Connects when it is first used. */
export class KafkaAdmin implements BrokerAdmin {
  readonly #options: KafkaAdminOptions;
  #handle: RdAdmin | undefined;

  constructor(options: KafkaAdminOptions) {
    this.#options = options;
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    for (const { name, partitions } of topics) {
      const topic = { topic: name, num_partitions: partitions, replication_factor: BROKER_DEFAULT };
      await this.#ask<void>((admin, done) => admin.createTopic(topic, TIMEOUT.timeout, done), codes.topicExists);
    }
  }

  async checkTopics(topics: readonly TopicSpec[]): Promise<void> {
    const there = await this.#partitionCounts(topics.map(({ name }) => name));
    assertTopics(topics, (name) => there.get(name));
  }

  async ranges(topic: string): Promise<readonly PartitionRange[]> {
    const partitions = await this.#partitionsOf(topic);
    const [first, next] = await Promise.all([this.#offsets(partitions, FIRST), this.#offsets(partitions, NEXT)]);
    return partitions.map(({ partition }) => ({
      partition,
      first: first.get(partition) ?? 0n,
      next: next.get(partition) ?? 0n,
    }));
  }

  async read(topic: string, partition: number, from: bigint, limit: number) {
    const range = (await this.ranges(topic)).find((each) => each.partition === partition);
    if (range === undefined) return [];
    const start = from > range.first ? from : range.first;
    return await readPartition({ ...this.#options, client: this.#options.client() }, topic, range, start, limit);
  }

  async lag(group: string, topics: readonly string[]): Promise<readonly PartitionLag[]> {
    const ranges = await Promise.all(
      topics.map(async (topic) => (await this.ranges(topic)).map((range) => ({ ...range, topic }))),
    );
    const partitions = ranges.flat();
    const committed = await this.#committed(group, partitions);
    return partitions.map(({ topic, partition, first, next }) => {
      // What was never committed has none or a negative number; what was kept no longer lies before the first.
      const found = committed.find((each) => each.topic === topic && each.partition === partition);
      return { topic, partition, committed: BigInt(Math.max(Number(first), found?.offset ?? 0)), next };
    });
  }

  async seek(group: string, topic: string, partition: number, offset: bigint): Promise<void> {
    const { groups = [] } =
      (await this.#ask((admin, done: Done<Groups>) => admin.describeGroups([group], TIMEOUT, done))) ?? {};
    const members = groups.flatMap((each) => each.members).length;
    const client = this.#options.client();
    await setPosition({ ...this.#options, client }, group, { topic, partition, offset: Number(offset) }, members);
  }

  /** Idempotent; goes on when it is used again. */
  disconnect(): void {
    this.#handle?.disconnect();
    this.#handle = undefined;
  }

  /**
   * Asked by a consumer and not by the admin client: when that one is told that the group's coordinator moves, librdkafka
   * follows a pointer to a group that an admin client does not have, and the process is gone (2.13, SIGSEGV).
   */
  async #committed(group: string, partitions: readonly Partition[]): Promise<readonly CommittedOffset[]> {
    if (partitions.length === 0) return [];
    const wanted = partitions.map(({ topic, partition }) => ({ topic, partition }));
    return await withConsumer({ ...this.#options, client: this.#options.client() }, group, (consumer) =>
      ask<readonly CommittedOffset[]>((done) => consumer.committed(wanted, TIMEOUT.timeout, done)),
    );
  }

  async #partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    // The client throws when it is asked for no topic.
    if (topics.length === 0) return new Map();
    const described = await this.#ask((admin, done: Done<Described>) => admin.describeTopics(topics, TIMEOUT, done));
    const there = (described ?? []).filter(({ error }) => error === undefined);
    return new Map(there.map(({ name, partitions }) => [name, partitions.length]));
  }

  async #partitionsOf(topic: string): Promise<readonly Partition[]> {
    const count = (await this.#partitionCounts([topic])).get(topic);
    if (count === undefined) throw topicMissing(topic);
    return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  }

  async #offsets(partitions: readonly Partition[], which: number): Promise<ReadonlyMap<number, bigint>> {
    const { OffsetSpec } = this.#options.client();
    const offset = new OffsetSpec(which);
    const wanted = partitions.map((partition) => ({ ...partition, offset }));
    const found = await this.#ask((admin, done: Done<Offsets>) => admin.listOffsets(wanted, TIMEOUT, done));
    return new Map(found?.map((each) => [each.partition, BigInt(each.offset)]));
  }

  /** Undefined for an error that is expected. @throws AppError */
  async #ask<T>(call: (admin: RdAdmin, done: Done<T>) => void, expected?: number): Promise<T | undefined> {
    const { client, address, log } = this.#options;
    const on = { "event.log": log.line, "event.error": log.error };
    this.#handle ??= client().AdminClient.create(commonSettings(address), on);
    const admin = this.#handle;
    try {
      return await ask<T>((done) => call(admin, done));
    } catch (error) {
      if (!isRdError(error)) throw error;
      if (error.code === expected) return undefined;
      throw translateKafkaError(error);
    }
  }
}

type Result<K extends keyof RdAdmin> = Parameters<RdAdmin[K]> extends [...unknown[], Done<infer T>] ? T : never;
type Groups = Result<"describeGroups">;
type Described = Result<"describeTopics">;
type Offsets = Result<"listOffsets">;
