import { sql } from "kysely";
import type { TopicSpec } from "../port/broker.ts";
import { assertTopics, topicMissing } from "../port/refusals.ts";
import type { LogDatabase } from "./log-database.ts";

/** A topic as the log knows it. */
export interface LogTopic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
}

/** The topics of the log. Those once seen are remembered: they never change and are never removed. */
export class TopicCatalog {
  readonly #database: LogDatabase;
  readonly #topics = new Map<string, LogTopic>();

  constructor(database: LogDatabase) {
    this.#database = database;
  }

  /** Those of the names that are there now. */
  async find(names: Iterable<string>): Promise<ReadonlyMap<string, LogTopic>> {
    if ([...names].some((name) => !this.#topics.has(name))) await this.#load();
    return this.#topics;
  }

  /** @throws AppError `not_found` TOPIC_MISSING */
  async require(name: string): Promise<LogTopic> {
    const topic = (await this.find([name])).get(name);
    if (topic === undefined) throw topicMissing(name);
    return topic;
  }

  /** @throws AppError `failed_precondition` TOPIC_MISSING, TOPIC_PARTITIONS */
  async check(wanted: readonly TopicSpec[]): Promise<void> {
    await this.#load();
    assertTopics(wanted, (name) => this.#topics.get(name)?.partitions);
  }

  async create(specs: readonly TopicSpec[]): Promise<void> {
    const { db } = await this.#database.ready();
    for (const { name, partitions } of specs) {
      await sql`
        with made as (
          insert into log_topic (name, partitions) values (${name}, ${partitions}::int) on conflict do nothing returning id
        )
        insert into log_partition (topic_id, partition)
        select id, partition from made, generate_series(0, ${partitions}::int - 1) as partition`.execute(db);
    }
  }

  async #load(): Promise<void> {
    const { db } = await this.#database.ready();
    const { rows } = await sql<LogTopic>`select id, name, partitions from log_topic`.execute(db);
    for (const topic of rows) this.#topics.set(topic.name, topic);
  }
}
