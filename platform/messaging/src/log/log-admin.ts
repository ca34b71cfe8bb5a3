import { sql } from "kysely";
import type { BrokerAdmin, InboundMessage, PartitionLag, PartitionRange } from "../port/broker.ts";
import { seek } from "./group-store.ts";
import type { LogDatabase } from "./log-database.ts";
import { fetchMessages } from "./message-reader.ts";
import { toInbound } from "./message-row.ts";
import type { TopicCatalog } from "./topic-catalog.ts";

/** Operations on the log; works before the broker's start. */
export function createLogAdmin(database: LogDatabase, catalog: TopicCatalog): BrokerAdmin {
  return {
    createTopics: (topics) => catalog.create(topics),
    checkTopics: (topics) => catalog.check(topics),
    ranges: async (name) => {
      const { id } = await catalog.require(name);
      const { db } = await database.ready();
      const { rows } = await sql<PartitionRange>`
        select partition, first_offset as first, next_offset as next from log_partition
        where topic_id = ${id} order by partition`.execute(db);
      return rows;
    },
    read: async (name, partition, from, limit) => {
      const topic = await catalog.require(name);
      const { db } = await database.ready();
      const messages: InboundMessage[] = [];
      for (let position = from; messages.length < limit; ) {
        const rows = await fetchMessages(db, [{ topic, partition, position }], limit - messages.length);
        if (rows.length === 0) break;
        messages.push(...rows.map((row) => toInbound(name, partition, row)));
        position = (rows.at(-1)?.offset ?? position) + 1n;
      }
      return messages;
    },
    lag: async (group, names) => {
      for (const name of names) await catalog.require(name);
      const { db } = await database.ready();
      const { rows } = await sql<PartitionLag>`
        select t.name as topic, p.partition, greatest(coalesce(o.committed, 0), p.first_offset) as committed,
          p.next_offset as next
        from log_partition p join log_topic t on t.id = p.topic_id
        left join log_ownership o
          on o.group_name = ${group} and o.topic_id = p.topic_id and o.partition = p.partition
        where t.name = any(${[...names]}::text[]) order by t.name, p.partition`.execute(db);
      return rows;
    },
    seek: async (group, name, partition, offset) => {
      const { id } = await catalog.require(name);
      await seek(await database.ready(), group, { topicId: id, partition }, offset);
    },
  };
}
