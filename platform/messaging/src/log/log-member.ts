import { randomUUID } from "node:crypto";
import type { Logger } from "@gantry/telemetry";
import type { Subscription } from "../port/broker.ts";
import { deliver } from "../port/deliver.ts";
import { type Holding, idOf, join, leave, type Place, position, release } from "./group-store.ts";
import type { LogDatabase } from "./log-database.ts";
import { MessageReader } from "./message-reader.ts";
import { OffsetCommitter } from "./offset-committer.ts";
import type { LogTopic, TopicCatalog } from "./topic-catalog.ts";

const DEFAULT_BATCH_SIZE = 200;
/** How long a member that leaves tries to write its last progress down. */
const LAST_COMMIT_MS = 5000;

/** What a member needs. */
export interface LogMemberOptions {
  readonly database: LogDatabase;
  readonly subscription: Subscription;
  readonly catalog: TopicCatalog;
  readonly logger: Logger;
  /** Something changed that the next round of the membership should see. */
  onChange(): void;
}

/** A partition at work. */
interface Running {
  readonly holding: Holding;
  readonly leaving: AbortController;
  /** Its last batch is handled. */
  readonly handled: PromiseWithResolvers<void>;
  /** And written down. */
  done: Promise<void>;
}

/** One membership: the partitions that it has, and their deliveries. */
export class LogMember {
  readonly reader: MessageReader;
  readonly #options: LogMemberOptions;
  readonly #topics = new Map<number, LogTopic>();
  readonly #committer: OffsetCommitter;
  readonly #running = new Map<string, Running>();
  /** Drawn anew for each session. */
  #id: string = randomUUID();
  #joining: Promise<void> | undefined;
  #joined = false;
  #stopping = false;
  #announced = "";

  constructor(options: LogMemberOptions) {
    const { database, subscription, logger } = options;
    this.#options = options;
    this.reader = new MessageReader(database, logger, subscription.batchSize ?? DEFAULT_BATCH_SIZE);
    this.#committer = new OffsetCommitter({
      database,
      group: subscription.group,
      logger,
      onFenced: (place) => this.#running.get(idOf(place))?.leaving.abort(),
    });
  }

  get id(): string {
    return this.#id;
  }

  /** Asks to join, unless it has. Rejects when it does not know whether it has now. */
  async join(session: number): Promise<void> {
    if (this.#joined || this.#stopping) return;
    this.#joining = this.#join(session);
    await this.#joining;
  }

  /** Its session is gone, and all that it had with it: it must join again. */
  evicted(): void {
    this.#joining = undefined;
    this.#joined = false;
    this.#id = randomUUID();
    this.drop();
  }

  /** Takes no more: others may have what it has. */
  drop(): void {
    for (const { leaving } of this.#running.values()) leaving.abort();
    this.#announce();
  }

  /** Follows what the database says that it has. */
  async reconcile(holdings: readonly Holding[]): Promise<void> {
    const held = new Map(holdings.map((holding) => [idOf(holding), holding]));
    for (const [id, { holding, leaving }] of this.#running) {
      const now = held.get(id);
      if (now?.epoch !== holding.epoch || now.target !== this.#id) leaving.abort();
    }
    const idle = holdings.filter((holding) => !this.#running.has(idOf(holding)));
    for (const holding of idle) if (holding.target === this.#id && !this.#stopping) this.#start(holding);
    this.#announce();
    await this.#release(idle.filter(({ target }) => target !== this.#id));
  }

  /** Finishes what is running and writes it down. The membership lasts until `leave`. */
  async finish(): Promise<void> {
    this.#stopping = true;
    this.drop();
    const last = [...this.#running.values()];
    await Promise.all(last.map(({ handled }) => handled.promise));
    const timer = setTimeout(() => this.#committer.close(), LAST_COMMIT_MS);
    await Promise.all(last.map(({ done }) => done));
    clearTimeout(timer);
    await this.reader.stop();
  }

  /** Hands everything to the others, now. Nothing to do when it never asked to join. */
  async leave(): Promise<void> {
    if (this.#joining === undefined) return;
    await this.#joining.catch(() => undefined); // it may have joined all the same
    await leave(await this.#options.database.ready(), this.#options.subscription.group, this.#id);
    this.#joining = undefined;
  }

  async #join(session: number): Promise<void> {
    const { database, catalog, subscription } = this.#options;
    const topics = await Promise.all(subscription.topics.map((name) => catalog.require(name)));
    for (const topic of topics) this.#topics.set(topic.id, topic);
    await join(await database.ready(), { id: this.#id, group: subscription.group, session, topics });
    this.#joined = true;
  }

  #start(holding: Holding): void {
    const topic = this.#topics.get(holding.topicId);
    if (topic === undefined) return;
    const handled = Promise.withResolvers<void>();
    const running: Running = { holding, leaving: new AbortController(), handled, done: Promise.resolve() };
    this.#running.set(idOf(holding), running);
    running.done = this.#run(topic, running);
  }

  async #run(topic: LogTopic, { holding, leaving, handled }: Running): Promise<void> {
    const { logger } = this.#options;
    try {
      await this.#deliver(topic, holding, leaving.signal);
    } catch (error) {
      logger.warn({ err: error, topic: topic.name, partition: holding.partition }, "a partition stopped; trying again");
    }
    handled.resolve();
    // Whoever is next must not begin before this.
    await this.#committer.flush(holding);
    this.#running.delete(idOf(holding));
    this.#options.onChange();
  }

  async #deliver(topic: LogTopic, holding: Holding, signal: AbortSignal): Promise<void> {
    const { database, subscription, logger } = this.#options;
    const { partition, owner, epoch, topicId } = holding;
    const { db } = await database.ready();
    const next = await position(db, subscription.group, holding);
    if (next === undefined) return;
    const cursor = this.reader.open(topic, partition, next);
    const feed = {
      topic: topic.name,
      partition,
      fetch: cursor.next,
      commit: async (to: bigint) => this.#committer.commit({ topicId, partition, owner, epoch, next: to }),
      failed: (error: unknown, waitMs: number) =>
        logger.warn(
          { err: error, topic: topic.name, partition, group: subscription.group, wait_ms: waitMs },
          "a batch failed; it comes again",
        ),
    };
    await deliver(feed, subscription, next, signal);
    cursor.close();
  }

  async #release(places: readonly Place[]): Promise<void> {
    const { database, subscription } = this.#options;
    if (places.length === 0) return;
    const { db } = await database.ready();
    await release(db, subscription.group, this.#id, places);
  }

  #announce(): void {
    const working = [...this.#running.values()].filter(({ leaving }) => !leaving.signal.aborted);
    const assigned = working.flatMap(({ holding: { topicId, partition } }) => {
      const topic = this.#topics.get(topicId);
      return topic === undefined ? [] : [{ topic: topic.name, partition }];
    });
    const announced = JSON.stringify(assigned);
    if (announced === this.#announced) return;
    this.#announced = announced;
    this.#options.subscription.onAssignment?.(assigned);
  }
}
