import type { Logger } from "@gantry/telemetry";
import { sql } from "kysely";
import type { InboundMessage } from "../port/broker.ts";
import type { LogDatabase } from "./log-database.ts";
import { createLoop, type Loop } from "./loop.ts";
import { type MessageRow, toInbound } from "./message-row.ts";
import type { LogTopic } from "./topic-catalog.ts";

/** How often readers look without having been told of anything. */
const POLL_MS = 500;
/** One partition holds so much ahead, or one message. */
const MAX_BYTES_AHEAD = 2_000_000;

/** The messages of one partition, one fetch ahead of whoever takes them. */
export interface PartitionCursor {
  /**
   * Messages from an offset on; waits until there are some. None once the signal is aborted. What follows is fetched meanwhile.
   */
  next(from: bigint, signal: AbortSignal): Promise<readonly InboundMessage[]>;
  close(): void;
}

interface Cursor {
  readonly topic: LogTopic;
  readonly partition: number;
  /** The offset to fetch from. */
  position: bigint;
  ahead: readonly InboundMessage[];
  wake(): void;
}

/** Fetches for all partitions that a member has, in one statement at a time. */
export class MessageReader {
  readonly #database: LogDatabase;
  readonly #logger: Logger;
  readonly #batchSize: number;
  readonly #cursors = new Set<Cursor>();
  readonly #loop: Loop;

  /** Reads from the first `open` to `stop`. */
  constructor(database: LogDatabase, logger: Logger, batchSize: number) {
    this.#database = database;
    this.#logger = logger;
    this.#batchSize = batchSize;
    this.#loop = createLoop(POLL_MS, () => this.#round());
    this.#loop.start();
  }

  open(topic: LogTopic, partition: number, position: bigint): PartitionCursor {
    const cursor: Cursor = { topic, partition, position, ahead: [], wake: () => undefined };
    this.#cursors.add(cursor);
    this.#loop.wake();
    return {
      next: (from, signal) => this.#next(cursor, from, signal),
      close: () => void this.#cursors.delete(cursor),
    };
  }

  /** The topics have grown: look now if one of them is read here. */
  grown(topicIds: readonly number[]): void {
    if ([...this.#cursors].some(({ topic }) => topicIds.includes(topic.id))) this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async #next(cursor: Cursor, from: bigint, signal: AbortSignal): Promise<readonly InboundMessage[]> {
    const [first] = cursor.ahead;
    if (first === undefined ? cursor.position !== from : first.offset !== from) this.#rewind(cursor, from);
    while (cursor.ahead.length === 0 && !signal.aborted) await arrival(cursor, signal);
    const taken = signal.aborted ? [] : cursor.ahead;
    if (taken.length > 0) {
      cursor.ahead = [];
      this.#loop.wake();
    }
    return taken;
  }

  /** After a failure some come again; retention may have removed some. */
  #rewind(cursor: Cursor, from: bigint): void {
    cursor.position = from;
    cursor.ahead = [];
    this.#loop.wake();
  }

  async #round(): Promise<boolean> {
    const wanting = [...this.#cursors].filter(({ ahead }) => ahead.length === 0);
    if (wanting.length === 0) return false;
    try {
      return await this.#fetch(wanting);
    } catch (error) {
      this.#logger.debug({ err: error }, "messages could not be fetched; trying again");
      return false;
    }
  }

  async #fetch(wanting: readonly Cursor[]): Promise<boolean> {
    const asked = wanting.map((cursor) => ({ cursor, position: cursor.position }));
    const { db } = await this.#database.ready();
    const rows = await fetchMessages(db, wanting, this.#batchSize);
    const found = Map.groupBy(rows, ({ n }) => n);
    for (const [n, { cursor, position }] of asked.entries()) {
      const messages = found.get(n + 1)?.map((row) => toInbound(cursor.topic.name, cursor.partition, row));
      const last = messages?.at(-1);
      if (messages === undefined || last === undefined || cursor.position !== position) continue;
      cursor.ahead = messages;
      cursor.position = last.offset + 1n;
      cursor.wake();
    }
    return false;
  }
}

type Db = Parameters<ReturnType<typeof sql>["execute"]>[0];

/** Where to read from. */
export interface FetchFrom {
  readonly topic: LogTopic;
  readonly partition: number;
  readonly position: bigint;
}

/** The next messages of each place, numbered from 1 in `n`. */
export async function fetchMessages(
  db: Db,
  places: readonly FetchFrom[],
  limit: number,
): Promise<readonly (MessageRow & { readonly n: number })[]> {
  const topics = places.map(({ topic }) => topic.id);
  const partitions = places.map(({ partition }) => partition);
  const positions = places.map(({ position }) => position);
  const { rows } = await sql<MessageRow & { readonly n: number }>`
    select w.n::int as n, m."offset", m.key, m.headers, m.value, m.sent_at as "sentAt"
    from unnest(${topics}::int[], ${partitions}::int[], ${positions}::bigint[])
      with ordinality as w (topic_id, partition, position, n)
    cross join lateral (
      select x.*, sum(octet_length(x.value)) over (order by x."offset") - octet_length(x.value) as before
      from (
        select * from log_message l
        where l.topic_id = w.topic_id and l.partition = w.partition and l."offset" >= w.position
        order by l."offset" limit ${limit}::int
      ) as x
    ) as m
    where m.before < ${MAX_BYTES_AHEAD}::int
    order by w.n, m."offset"`.execute(db);
  return rows;
}

function arrival(cursor: Cursor, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  cursor.wake = wake;
  signal.addEventListener("abort", wake, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", wake));
}
