import type { Logger } from "@gantry/telemetry";
import { sql } from "kysely";
import type { LogDatabase } from "./log-database.ts";

/** The channel of PostgreSQL that all of the log uses. */
export const CHANNEL = "gantry_log";
/** What is said when members of groups came or went. */
export const GROUPS_CHANGED = "groups";

/**
 * NOTIFY takes a lock that the whole cluster shares until its transaction ends: in the transaction of each send it would cost
 * most of the throughput. So it is sent apart, at once after a pause and then at most every so often.
 */
const EVERY_MS = 10;

/** Tells readers that topics have grown. A hint: they look for themselves too. */
export interface Notifier {
  grown(topicIds: Iterable<number>): void;
  /** Sends what is due. */
  stop(): Promise<void>;
}

/** Makes a notifier. Does nothing before the first call. */
export function createNotifier(database: LogDatabase, logger: Logger): Notifier {
  const due = new Set<number>();
  let running: Promise<void> | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    while (due.size > 0) {
      const ids = [...due].join();
      due.clear();
      try {
        const { db } = await database.ready();
        await sql`select pg_notify(${CHANNEL}, ${ids})`.execute(db);
      } catch (error) {
        logger.debug({ err: error }, "readers were not told of new messages; they will look by themselves");
      }
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    running = undefined;
  }

  return {
    grown: (topicIds) => {
      for (const id of topicIds) due.add(id);
      running ??= run();
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

/** The topics that a payload names; none when it is about groups. */
export const grownTopics = (payload: string): number[] =>
  payload === GROUPS_CHANGED ? [] : payload.split(",").map(Number);
