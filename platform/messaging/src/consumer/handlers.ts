import type { EventRecord } from "@gantry/kernel";
import type { Transaction } from "kysely";
import type { EventNameOf, EventOf, EventRegistry, TopicOf } from "../channels/event-registry.ts";

/** What a handler works with. */
export interface HandlerContext<DB> {
  /**
   * The transaction that also holds the inbox row: what the handler writes with it happens exactly once. It may run again
   * after a rollback, so nothing but this transaction may hold an effect.
   */
  readonly trx: Transaction<DB>;
  /** The event as it travelled: id, version, headers. */
  readonly record: EventRecord;
  /** Runs `fn` once this transaction has committed, to wake a relay or a worker. A hint: after a crash it does not run. */
  afterCommit(fn: () => void): void;
  /** Aborted when the consumer stops or loses the partition. Pass it to calls of other services. */
  readonly signal: AbortSignal;
}

/**
 * Handles one event. Events of one aggregate come one at a time, in the order of their versions, each once.
 *
 * What it throws is an AppError whose kind says what follows (the `consumer` column of the kernel's status table): it is
 * tried again for a while, or the aggregate is parked until someone asks for a replay. A refusal that is final is no error:
 * record it and return.
 */
export type EventHandler<DB, Event> = (event: Event, context: HandlerContext<DB>) => Promise<void>;

/** In place of a handler: events of this type count as handled. */
export const ignore = "ignore";

/** One entry for every event of the topic; a missing one does not compile. */
export type TopicHandlers<R extends EventRegistry, DB, T extends TopicOf<R>> = {
  readonly [Name in EventNameOf<R, T>]: EventHandler<DB, EventOf<R, Name>> | typeof ignore;
};

/** The topics that a consumer reads, and what it does with their events. */
export type EventHandlers<R extends EventRegistry, DB> = {
  readonly [T in TopicOf<R>]?: TopicHandlers<R, DB, T>;
};
