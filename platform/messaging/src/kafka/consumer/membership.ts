import type { Logger } from "@gantry/telemetry";
import type { Subscription } from "../../port/broker.ts";
import type { ClientLog } from "../client/client-log.ts";
import { ask, isRdError } from "../client/errors.ts";
import {
  codes,
  type Partition,
  type PartitionOffset,
  type RdConsumer,
  type RdError,
  type RdMessage,
} from "../client/rd-kafka.ts";
import { within } from "../within.ts";
import { Committer } from "./committer.ts";
import { OwnedPartitions } from "./owned-partitions.ts";

/** How long a batch may go on with a partition that is to be given away; the others of the group wait for it. */
const HAND_OVER_WITHIN_MS = 5_000;
const HANDLERS_WITHIN_MS = 10_000;
const COMMIT_WITHIN_MS = 3_000;
const DISCONNECT_WITHIN_MS = 8_000;
const CHUNK = 500;
/** librdkafka must be asked now and then, or it takes us for dead. */
const ASK_EVERY_MS = 1_000;
/** How soon a slow partition is noticed when enough waits. */
const LOOK_EVERY_MS = 100;

/** What a member of a group works with. */
export interface MembershipOptions {
  readonly subscription: Subscription;
  readonly logger: Logger;
  readonly log: ClientLog;
}

/** One connected member of a group. */
export class Membership {
  readonly #consumer: RdConsumer;
  readonly #options: MembershipOptions;
  readonly #committer: Committer;
  readonly #partitions: OwnedPartitions;
  readonly #ended = Promise.withResolvers<RdError>();
  #woken = Promise.withResolvers<void>();
  #fetching: Promise<void> = Promise.resolve();
  #handingOver: Promise<void> = Promise.resolve();
  #leaving: Promise<void> | undefined;
  #closing = false;

  constructor(consumer: RdConsumer, options: MembershipOptions) {
    const { subscription, logger } = options;
    this.#consumer = consumer;
    this.#options = options;
    this.#committer = new Committer({
      consumer,
      onFailure: (error) => logger.debug({ error }, "kafka offsets not committed"),
    });
    this.#partitions = new OwnedPartitions({ subscription, committer: this.#committer, logger, onRoom: this.wake });
  }

  /** Resolves when another must take its place, with the reason. */
  get ended(): Promise<RdError> {
    return this.#ended.promise;
  }

  /** Call once it is connected. Messages come from now on. */
  begin(): void {
    // Never wait in there: it would hold one of Node's few threads. We are woken when there is something.
    this.#consumer.setDefaultConsumeTimeout(0);
    this.#consumer.subscribe(this.#options.subscription.topics);
    this.#fetching = this.#fetch();
  }

  /** There may be something to fetch. */
  readonly wake = (): void => this.#woken.resolve();

  /** The broker has answered a commit. */
  readonly committed = (error: RdError | undefined, offsets: readonly PartitionOffset[]): void =>
    this.#committer.answered(error, offsets);

  /** librdkafka tells which partitions come or go, and waits until it is answered. */
  readonly rebalance = (error: RdError, partitions: readonly Partition[]): void => {
    if (error.code === codes.assign) this.#assign(partitions);
    else this.#handingOver = this.#revoke(partitions);
  };

  /** Lets running batches finish, commits, leaves the group. Idempotent; does not reject. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #fetch(): Promise<void> {
    while (!this.#closing) {
      this.#woken = Promise.withResolvers();
      const wantsMore = this.#partitions.wantsMore(this.#consumer);
      const messages = wantsMore ? await this.#consume() : [];
      this.#partitions.receive(messages);
      if (messages.length > 0) continue;
      const timer = setTimeout(this.wake, wantsMore ? ASK_EVERY_MS : LOOK_EVERY_MS);
      await this.#woken.promise;
      clearTimeout(timer);
    }
  }

  async #consume(): Promise<readonly RdMessage[]> {
    try {
      return await ask((done) => this.#consumer.consume(CHUNK, done));
    } catch (error) {
      if (isRdError(error)) this.#failed(error);
      return [];
    }
  }

  #failed(error: RdError): void {
    this.#options.log.error(error);
    if (error.code === codes.fatal) this.#ended.resolve(error);
  }

  #assign(partitions: readonly Partition[]): void {
    this.#answer(() => this.#consumer.incrementalAssign(partitions));
    if (this.#leaving !== undefined) return;
    for (const partition of partitions) this.#partitions.own(partition);
    this.#tell();
  }

  async #revoke(partitions: readonly Partition[]): Promise<void> {
    // A lost partition has another owner already: there is nothing to wait for.
    const mayFinish = this.#leaving === undefined && !this.#consumer.assignmentLost();
    await this.#partitions.end(partitions, mayFinish ? HAND_OVER_WITHIN_MS : 0);
    if (mayFinish) await within(COMMIT_WITHIN_MS, this.#committer.flush());
    this.#partitions.disown(partitions);
    this.#answer(() => this.#consumer.incrementalUnassign(partitions));
    this.#tell();
  }

  /** It may have disconnected meanwhile; then it needs no answer. */
  #answer(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.logger.debug({ error }, "kafka rebalance not answered");
    }
  }

  #tell(): void {
    this.#options.subscription.onAssignment?.(this.#partitions.list);
  }

  async #leave(): Promise<void> {
    await this.#partitions.end(this.#partitions.list, HANDLERS_WITHIN_MS);
    await within(HAND_OVER_WITHIN_MS, this.#handingOver);
    // Answers to commits come by fetching.
    await within(COMMIT_WITHIN_MS, this.#committer.flush());
    this.#committer.close();
    // Disconnecting while it fetches has crashed it: https://github.com/confluentinc/confluent-kafka-javascript/issues/34
    this.#closing = true;
    this.wake();
    await this.#fetching;
    this.#answer(() => this.#consumer.unsubscribe());
    // With a commit on its way to a broker that is gone, it waits until there is one again.
    const gone = ask((done) => this.#consumer.disconnect(done));
    if (!(await within(DISCONNECT_WITHIN_MS, gone))) this.#options.logger.warn({}, "kafka consumer did not disconnect");
  }
}
