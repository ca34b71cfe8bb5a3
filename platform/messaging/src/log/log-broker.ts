import type { Logger } from "@gantry/telemetry";
import type { Broker, TopicSpec } from "../port/broker.ts";
import { createLogAdmin } from "./log-admin.ts";
import { isPassing, openLogDatabase } from "./log-database.ts";
import { createLoop } from "./loop.ts";
import { Membership } from "./membership.ts";
import { MessageWriter } from "./message-writer.ts";
import { createNotifier } from "./notifier.ts";
import { createRetention, type LogRetention } from "./retention.ts";
import { TopicCatalog } from "./topic-catalog.ts";

/** Where the embedded log is, and what it must hold. */
export interface LogBrokerOptions {
  /** A database of its own. Straight to PostgreSQL, no pooler in between: sessions hold locks and listen. */
  readonly url: string;
  /** Shown in the log's tables and in `pg_stat_activity`: the name of the service. */
  readonly clientId: string;
  /** What must be there at the start. */
  readonly topics: readonly TopicSpec[];
  readonly logger: Logger;
  readonly retention?: LogRetention;
}

const CHECK_AGAIN_MS = 1000;

/**
 * A broker in PostgreSQL: what it acknowledged is committed there. Opens 6 connections at most: 5 of a pool, and one that
 * shows that this process lives, once it reads.
 *
 * A member that is killed is replaced within half a second; one that is frozen, after four. What it does then counts no more.
 * Outlives killed backends and restarts of the server: members come back by themselves.
 */
export function createLogBroker(options: LogBrokerOptions): Broker {
  const { logger, topics } = options;
  const database = openLogDatabase(options);
  const catalog = new TopicCatalog(database);
  const notifier = createNotifier(database, logger);
  const writer = new MessageWriter({ database, catalog, notifier, logger });
  const membership = new Membership({ ...options, database, catalog });
  const retention = createRetention(database, logger, options.retention ?? {});
  const lateCheck = createLoop(CHECK_AGAIN_MS, checkLate);
  let stopped: Promise<void> | undefined;

  /** For a database that was away at the start: nobody waits for the answer any more, so the log gets it. */
  async function checkLate(): Promise<boolean> {
    try {
      await catalog.check(topics);
      void lateCheck.stop();
    } catch (error) {
      if (!isPassing(error)) logger.error({ err: error }, "the event log is not fit for use");
    }
    return false;
  }

  async function stop(): Promise<void> {
    await membership.stop();
    await writer.idle();
    await Promise.all([notifier.stop(), retention.stop(), lateCheck.stop()]);
    await database.close();
  }

  return {
    name: "broker",
    admin: createLogAdmin(database, catalog),
    start: async () => {
      try {
        await catalog.check(topics);
      } catch (error) {
        unlessPassing(error);
        logger.warn({ err: error }, "the event log cannot be reached; starting without it");
        lateCheck.start();
      }
      retention.start();
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    send: (messages) => writer.send(messages),
    consume: async (subscription) => {
      await Promise.all(subscription.topics.map((name) => catalog.require(name))).catch(unlessPassing);
      return membership.add(subscription);
    },
  };
}

/** What is wrong for good is told; what passes is waited for elsewhere. */
function unlessPassing(error: unknown): void {
  if (!isPassing(error)) throw error;
}
