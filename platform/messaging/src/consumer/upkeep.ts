import type { Inbox, Postgres, VersionGap } from "@gantry/postgres";
import { attributeNames, gauge, type Logger } from "@gantry/telemetry";
import type { BrokerAdmin } from "../port/broker.ts";
import { createRounds, orAborted, type Rounds } from "./rounds.ts";

export interface UpkeepOptions<DB> {
  readonly admin: Pick<BrokerAdmin, "lag">;
  readonly topics: readonly string[];
  readonly inbox: Inbox;
  readonly postgres: Postgres<DB>;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** How long an event may wait for an earlier one before it is an error. */
  readonly gapAlarmMs: number;
}

/** Inbox rows are kept for days: nothing is lost by looking for old ones seldom. */
const ROUNDS_BETWEEN_CLEANING = 30;

/**
 * Measures how far the group is behind, watches the inbox for gaps and parked aggregates, and deletes what is old. A failed
 * round is logged and comes again.
 */
export function createUpkeep<DB>(options: UpkeepOptions<DB>): Rounds {
  const { inbox, postgres, logger } = options;
  let untilCleaning = 0;
  return createRounds(options.intervalMs, async (signal) => {
    try {
      await look(options);
      // A broker that does not answer must not hold up the stop.
      await orAborted(measureLag(options), signal);
      if (untilCleaning > 0) {
        untilCleaning -= 1;
        return false;
      }
      const removed = await inbox.maintain(postgres.db);
      if (removed > 0) return true;
      untilCleaning = ROUNDS_BETWEEN_CLEANING;
    } catch (error) {
      logger.warn({ err: error }, "the inbox could not be looked after");
    }
    return false;
  });
}

async function look<DB>({ inbox, postgres, logger, gapAlarmMs }: UpkeepOptions<DB>): Promise<void> {
  const labels = { [attributeNames.messagingGroup]: inbox.consumer };
  const [oldest, ...others] = await inbox.gaps(postgres.db);
  gauge("inboxGapAge", (oldest?.ageMs ?? 0) / 1000, labels);
  if (oldest !== undefined && oldest.ageMs > gapAlarmMs) alarm(logger, oldest, others.length);
  const parked = await inbox.parkedKeys(postgres.db);
  gauge("parkedKeys", parked.length, labels);
}

async function measureLag<DB>({ admin, topics, inbox, logger }: UpkeepOptions<DB>): Promise<void> {
  try {
    const lags = await admin.lag(inbox.consumer, topics);
    for (const [topic, ofTopic] of Map.groupBy(lags, (lag) => lag.topic)) {
      const behind = ofTopic.reduce((sum, { next, committed }) => sum + Number(next - committed), 0);
      const labels = { [attributeNames.messagingGroup]: inbox.consumer, [attributeNames.messagingDestination]: topic };
      gauge("consumerLag", behind, labels);
    }
  } catch (error) {
    logger.debug({ err: error }, "the broker did not say how far the group is behind");
  }
}

const alarm = (logger: Logger, { topic, key, missingVersion, ageMs }: VersionGap, others: number): void =>
  logger.error(
    { topic, key, missing_version: missingVersion, waited_ms: Math.round(ageMs), other_gaps: others },
    "an event is missing, and those behind it wait",
  );
