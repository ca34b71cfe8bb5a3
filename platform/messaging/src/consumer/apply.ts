import { AppError, type EventRecord } from "@gantry/kernel";
import type { Inbox, Postgres } from "@gantry/postgres";
import { attributeNames, recordSeconds, startConsumerSpan } from "@gantry/telemetry";
import type { Transaction } from "kysely";
import { createLimiter, type Limiter } from "./limiter.ts";
import type { Route } from "./route.ts";

/** What is decided about events that failed before: they count as handled, or their aggregate is parked for this reason. */
export type Decisions = ReadonlyMap<string, "handled" | AppError>;

/** Why a transaction was rolled back. */
export interface Failure {
  /** The event that was being handled, or at a failed commit the last one; undefined when none can be blamed. */
  readonly record: EventRecord | undefined;
  /** Whether its handler threw. At the commit the blame is a guess. */
  readonly byHandler: boolean;
  readonly error: AppError;
}

export interface ApplyOptions<DB> {
  readonly consumer: string;
  readonly postgres: Postgres<DB>;
  readonly inbox: Inbox;
  readonly route: Route<DB>;
  /** Transactions at once. */
  readonly concurrency: number;
  /** Told of what a callback of `afterCommit` throws. */
  callbackFailed(error: unknown): void;
}

/** What one try has come to. A transaction may run again within a try. */
class Progress {
  current: EventRecord | undefined;
  last: EventRecord | undefined;
  callbacks: (() => void)[] = [];

  restart(): void {
    this.current = undefined;
    this.last = undefined;
    this.callbacks = [];
  }
}

/** Applies events in one transaction: inbox, then handlers in order, then the commit. */
export class Apply<DB> {
  readonly #options: ApplyOptions<DB>;
  readonly #limit: Limiter;
  #applied = 0;

  constructor(options: ApplyOptions<DB>) {
    this.#options = options;
    this.#limit = createLimiter(options.concurrency);
  }

  /** How many transactions with an effect went through since the start. */
  get applied(): number {
    return this.#applied;
  }

  /**
   * Tries once. After a failure nothing of it has happened; after an unknown commit the inbox knows at the next try.
   * @param decisions only for events of a single aggregate: parking ends the transaction
   */
  async batch(
    records: readonly EventRecord[],
    signal: AbortSignal,
    decisions: Decisions = new Map(),
  ): Promise<Failure | undefined> {
    return await this.transaction(async (trx, handle) => {
      for (const record of await this.#options.inbox.admit(trx, records)) {
        const decided = decisions.get(record.eventId);
        if (decided === undefined) await handle(record, signal);
        else if (decided !== "handled") return await this.#options.inbox.park(trx, record, decided);
      }
    });
  }

  /** One transaction in which events are handled; what was asked for runs behind its commit. */
  async transaction(
    work: (trx: Transaction<DB>, handle: (record: EventRecord, signal: AbortSignal) => Promise<void>) => Promise<void>,
  ): Promise<Failure | undefined> {
    const progress = new Progress();
    try {
      await this.#limit(() =>
        this.#options.postgres.transaction(async (trx) => {
          progress.restart();
          await work(trx, (record, signal) => this.#handle(record, trx, signal, progress));
        }),
      );
    } catch (error) {
      const byHandler = progress.current !== undefined;
      return { record: progress.current ?? progress.last, byHandler, error: AppError.from(error) };
    }
    if (progress.last !== undefined) this.#applied += 1;
    this.#afterCommit(progress);
    return undefined;
  }

  async #handle(record: EventRecord, trx: Transaction<DB>, signal: AbortSignal, progress: Progress): Promise<void> {
    const { consumer, route } = this.#options;
    const labels = { [attributeNames.messagingDestination]: record.topic, [attributeNames.messagingGroup]: consumer };
    const span = startConsumerSpan(`process ${record.topic}`, record.headers, {
      ...labels,
      [attributeNames.messagingMessageId]: record.eventId,
      [attributeNames.messagingKey]: record.key,
      [attributeNames.eventType]: record.type,
    });
    const start = performance.now();
    progress.current = record;
    try {
      const afterCommit = (fn: () => void): void => void progress.callbacks.push(fn);
      await span.run(() => route.handle(record, { trx, record, signal, afterCommit }));
      span.end();
    } catch (error) {
      span.end(error);
      throw error;
    } finally {
      const type = { ...labels, [attributeNames.eventType]: record.type };
      recordSeconds("messagingProcessDuration", (performance.now() - start) / 1000, type);
    }
    progress.last = record;
    progress.current = undefined;
  }

  #afterCommit({ callbacks }: Progress): void {
    for (const callback of callbacks) {
      try {
        callback();
      } catch (error) {
        this.#options.callbackFailed(error);
      }
    }
  }
}
