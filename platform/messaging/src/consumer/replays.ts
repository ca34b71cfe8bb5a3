import type { AppError } from "@gantry/kernel";
import type { Inbox } from "@gantry/postgres";
import type { Logger } from "@gantry/telemetry";
import type { Apply, Failure } from "./apply.ts";
import { isDatabaseAway, pauseMs, verdictOn } from "./failures.ts";
import { createRounds, pause, type Rounds } from "./rounds.ts";

export interface ReplayOptions<DB> {
  readonly inbox: Inbox;
  readonly apply: Apply<DB>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** How often a replay is tried when it fails for a moment, before its aggregate stays parked. */
const TRIES = 5;

/** Looks for aggregates whose replay was asked for, and lets them go on where they stopped: same handlers, same inbox. */
export function createReplays<DB>(options: ReplayOptions<DB>): Rounds {
  return createRounds(options.intervalMs, (signal) => replayOne(options, signal));
}

/** @returns whether there may be another one */
async function replayOne<DB>(options: ReplayOptions<DB>, signal: AbortSignal): Promise<boolean> {
  const { logger } = options;
  const decisions = new Map<string, "handled" | AppError>();
  for (let tries = 1; !signal.aborted; tries++) {
    const { found, failure } = await tryOne(options, decisions, signal);
    if (failure === undefined) return found;
    const { record, byHandler, error } = failure;
    if (record === undefined || isDatabaseAway(error)) {
      logger.warn({ err: error }, "replay did not run, is tried again");
      return false;
    }
    const verdict = verdictOn(error, tries, tries >= TRIES);
    if (verdict === "again") await pause(pauseMs(tries), signal);
    else decisions.set(record.eventId, verdict === "handled" && byHandler ? "handled" : error);
  }
  return false;
}

async function tryOne<DB>(
  { inbox, apply, logger }: ReplayOptions<DB>,
  decisions: ReadonlyMap<string, "handled" | AppError>,
  signal: AbortSignal,
): Promise<{ readonly found: boolean; readonly failure: Failure | undefined }> {
  let told: (() => void) | undefined;
  const failure = await apply.transaction(async (trx, handle) => {
    told = undefined;
    const replay = await inbox.takeReplay(trx);
    if (replay === undefined) return;
    const facts = { topic: replay.topic, key: replay.key };
    for (const record of replay.records) {
      const decided = decisions.get(record.eventId);
      if (decided === undefined) await handle(record, signal);
      else if (decided !== "handled") {
        told = () => logger.error({ ...facts, err: decided, version: record.version }, "replay failed, stays parked");
        return await inbox.replayed(trx, replay, { record, error: decided });
      }
    }
    await inbox.replayed(trx, replay);
    told = () => logger.info({ ...facts, events: replay.records.length }, "parked events replayed");
  });
  if (failure === undefined) told?.();
  return { found: told !== undefined, failure };
}
