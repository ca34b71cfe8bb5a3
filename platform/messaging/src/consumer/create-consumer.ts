import { AppError } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { Logger } from "@gantry/telemetry";
import type { EventRegistry } from "../channels/event-registry.ts";
import type { Broker } from "../port/broker.ts";
import type { EventHandlers } from "./handlers.ts";

/** Places where a drill may strike, passed to {@link ConsumerOptions.failpoint}. */
export type ConsumerFailpoint = "consumer.before_tx" | "consumer.after_tx" | "consumer.after_resolve";

/** How a consumer works. Times are in milliseconds. */
export interface ConsumerSettings {
  /** Events in one transaction at most, 1 to 1000. Default 200. */
  readonly batchSize: number;
  /** Transactions at once at most; keep it below the pool's connections. Default 4. */
  readonly concurrency: number;
  /** How long transient failures of a batch are tried again in place before its aggregates are parked. Default 60000. */
  readonly retryForMs: number;
  /** How often requests for a replay are looked for. Default 1000. */
  readonly replayIntervalMs: number;
  /** How often the inbox is cleaned and looked at for gaps. Default 10000. */
  readonly maintenanceIntervalMs: number;
}

export interface ConsumerOptions<R extends EventRegistry, DB> {
  /** The consumer group and the scope of the inbox. Renaming it makes it read everything again, as another consumer. */
  readonly name: string;
  readonly registry: R;
  /** Started before the consumer, stopped after it. */
  readonly broker: Broker;
  /** The database of the service; the library `inboxTables` is migrated in it. */
  readonly postgres: Postgres<DB>;
  readonly handlers: EventHandlers<NoInfer<R>, NoInfer<DB>>;
  readonly logger: Logger;
  /** Reached at each named place; what it throws fails the batch there. */
  readonly failpoint?: (name: ConsumerFailpoint) => Promise<void>;
  readonly settings?: Partial<ConsumerSettings>;
}

/** Reads topics and applies their events; a component of a service. */
export interface Consumer {
  readonly name: string;
  /** Joins the group. Resolves when the membership is begun, also while the broker cannot be reached. */
  start(): Promise<void>;
  /** Finishes the batches that run, commits them and leaves the group. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Makes a consumer: at-least-once delivery, effect exactly once.
 *
 * A batch is one transaction: inbox rows, effects, own outbox rows; the offset is committed behind it. When it fails, each
 * aggregate gets a transaction of its own: transient errors are tried again with growing pauses while the partition waits;
 * an aggregate that still fails, or fails for good, is parked in the database with everything later of it, and the others go
 * on. Messages that cannot be read go to `<topic>.dlq` with their bytes and the reason.
 */
export function createConsumer<R extends EventRegistry, DB>({ name }: ConsumerOptions<R, DB>): Consumer {
  return {
    name,
    start: async () => {
      throw new AppError({ kind: "unimplemented", reason: "NOT_YET", message: `The consumer ${name} lands soon.` });
    },
    stop: async () => undefined,
  };
}
