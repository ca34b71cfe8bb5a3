import { createInbox, type Inbox, type InboxTables, type Postgres } from "@gantry/postgres";
import { attributeNames, count, type Logger } from "@gantry/telemetry";
import { createEventCodec } from "../channels/event-codec.ts";
import type { EventRegistry } from "../channels/event-registry.ts";
import type { Broker, Consumption } from "../port/broker.ts";
import { Apply } from "./apply.ts";
import { BatchConsumer } from "./batch-consumer.ts";
import { type ConsumerFailpoint, type ConsumerSettings, defaultSettings } from "./consumer-settings.ts";
import type { EventHandlers } from "./handlers.ts";
import { createReplays } from "./replays.ts";
import { createRoute } from "./route.ts";
import { createUpkeep } from "./upkeep.ts";

export interface ConsumerOptions<R extends EventRegistry, DB extends InboxTables> {
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
 * an aggregate that still fails while others go through, or fails for good, is parked in the database with everything later of
 * it, and the others go on. Messages that cannot be read go to `<topic>.dlq` with their bytes and the reason.
 */
export function createConsumer<R extends EventRegistry, DB extends InboxTables>(
  options: ConsumerOptions<R, DB>,
): Consumer {
  const { name, broker, postgres, handlers } = options;
  const settings: ConsumerSettings = { ...defaultSettings, ...options.settings };
  const logger = options.logger.child({ consumer: name });
  const topics = Object.keys(handlers);
  const codec = createEventCodec(options.registry);
  const inbox = countingInbox(name);
  const route = createRoute<R, DB>(codec, handlers);
  const callbackFailed = (error: unknown): void => logger.error({ err: error }, "a callback after a commit failed");
  const { concurrency, replayIntervalMs, upkeepIntervalMs, gapAlarmMs } = settings;
  const apply = new Apply<DB>({ consumer: name, postgres, inbox, route, concurrency, callbackFailed });
  const batches = new BatchConsumer({ ...options, settings, logger, codec, route, apply });
  const loops = [
    createReplays({ inbox, apply, logger, intervalMs: replayIntervalMs }),
    createUpkeep({ admin: broker.admin, topics, inbox, postgres, logger, intervalMs: upkeepIntervalMs, gapAlarmMs }),
  ];
  let consumption: Consumption | undefined;
  return {
    name: `consumer-${name}`,
    async start() {
      for (const loop of loops) loop.start();
      consumption = await broker.consume({
        group: name,
        topics,
        batchSize: settings.batchSize,
        onBatch: (batch) => batches.consume(batch),
        onAssignment: (partitions) => logger.info({ partitions: partitions.length }, "partitions assigned"),
      });
    },
    async stop() {
      await Promise.all([consumption?.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}

function countingInbox(consumer: string): Inbox {
  const labels = { [attributeNames.messagingGroup]: consumer };
  return createInbox({
    consumer,
    onAdmit: ({ repeats, early }) => {
      if (repeats > 0) count("inboxDuplicates", repeats, labels);
      if (early > 0) count("inboxEarly", early, labels);
    },
  });
}
