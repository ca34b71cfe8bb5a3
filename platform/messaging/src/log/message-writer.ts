import { AppError, type SendOutcome } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { sql } from "kysely";
import type { OutboundMessage } from "../port/broker.ts";
import { partitionOf } from "../port/partition-of.ts";
import { refuseTooLarge, topicMissing } from "../port/refusals.ts";
import { isPassing, type LogDatabase } from "./log-database.ts";
import type { Notifier } from "./notifier.ts";
import type { LogTopic, TopicCatalog } from "./topic-catalog.ts";

/** Calls that share a transaction have so much together; a larger call has one for itself. */
const MAX_TOGETHER_BYTES = 4_000_000;
const MAX_TOGETHER = 2000;
/** Then the port's ten seconds are nearly over, and the last try may still be under way. */
const GIVE_UP_AFTER_MS = 4000;
const RETRY_MS = 100;

interface Call {
  readonly messages: readonly OutboundMessage[];
  readonly bytes: number;
  readonly since: number;
  readonly settle: (outcomes: readonly SendOutcome[]) => void;
}

/** A message whose topic was found. */
interface Placed {
  readonly topic: LogTopic;
  readonly message: OutboundMessage;
}

/** What a writer needs. */
export interface MessageWriterOptions {
  readonly database: LogDatabase;
  readonly catalog: TopicCatalog;
  readonly notifier: Notifier;
  readonly logger: Logger;
}

/**
 * Stores messages: one transaction at a time, so that calls keep their order. Calls that come meanwhile go into the next one
 * together.
 */
export class MessageWriter {
  readonly #options: MessageWriterOptions;
  readonly #waiting: Call[] = [];
  #running: Promise<void> | undefined;

  constructor(options: MessageWriterOptions) {
    this.#options = options;
  }

  send(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    const { promise, resolve } = Promise.withResolvers<readonly SendOutcome[]>();
    const bytes = messages.reduce((sum, { value }) => sum + value.byteLength, 0);
    this.#waiting.push({ messages, bytes, since: performance.now(), settle: resolve });
    this.#running ??= this.#run();
    return promise;
  }

  /** Waits until everything given is settled. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#store(this.#take());
    this.#running = undefined;
  }

  #take(): readonly Call[] {
    let bytes = 0;
    let messages = 0;
    const over = this.#waiting.findIndex((call, n) => {
      bytes += call.bytes;
      messages += call.messages.length;
      return n > 0 && (bytes > MAX_TOGETHER_BYTES || messages > MAX_TOGETHER);
    });
    return this.#waiting.splice(0, over === -1 ? this.#waiting.length : over);
  }

  async #store(calls: readonly Call[]): Promise<void> {
    const messages = calls.flatMap((call) => call.messages);
    const outcomes = await this.#settle(messages, Math.min(...calls.map(({ since }) => since)) + GIVE_UP_AFTER_MS);
    let from = 0;
    for (const { messages: own, settle } of calls) {
      settle(outcomes.slice(from, from + own.length));
      from += own.length;
    }
  }

  /** A try whose end is unknown is repeated too: its messages may be there twice then, in order, as the port allows. */
  async #settle(messages: readonly OutboundMessage[], deadline: number): Promise<readonly SendOutcome[]> {
    for (let late: unknown; ; ) {
      if (late !== undefined && performance.now() > deadline) return failAll(messages, late);
      try {
        return await this.#attempt(messages);
      } catch (error) {
        if (!isPassing(error)) return failAll(messages, error);
        late = error;
        this.#options.logger.debug({ err: error }, "messages could not be stored; trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async #attempt(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    const outcomes: SendOutcome[] = [];
    const placed: Placed[] = [];
    const topics = await this.#options.catalog.find(new Set(messages.map(({ topic }) => topic)));
    for (const message of messages) {
      const topic = topics.get(message.topic);
      const refused = topic === undefined ? failure(topicMissing(message.topic)) : refuseTooLarge(message);
      if (refused === undefined && topic !== undefined) placed.push({ topic, message });
      outcomes.push(refused ?? { acked: true });
    }
    if (placed.length > 0) await this.#append(placed);
    return outcomes;
  }

  async #append(placed: readonly Placed[]): Promise<void> {
    const { db } = await this.#options.database.ready();
    const topics = placed.map(({ topic }) => topic.id);
    const partitions = placed.map(({ topic, message }) => partitionOf(message.key, topic.partitions));
    const keys = placed.map(({ message }) => Buffer.from(message.key));
    const headers = placed.map(({ message }) => Buffer.from(JSON.stringify(message.headers)));
    const values = placed.map(({ message: { value } }) =>
      Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    );
    await sql`select log_append(${topics}, ${partitions}, ${keys}, ${headers}, ${values})`.execute(db);
    this.#options.notifier.grown(topics);
  }
}

const failure = (error: AppError): SendOutcome => ({ acked: false, error });

const failAll = (messages: readonly OutboundMessage[], error: unknown): SendOutcome[] =>
  messages.map(() => failure(AppError.from(error)));
