import { randomUUID } from "node:crypto";
import type { Postgres } from "@gantry/postgres";
import { createWorker, type Round, type Worker } from "@gantry/runtime";
import type { Logger } from "@gantry/telemetry";
import type { NotificationTables } from "./tables.postgres.ts";
import type { Telegram } from "./telegram.ts";
import { answer, endTurn, takeTurn } from "./updates.postgres.ts";

/** What the greeter works with. */
export interface GreeterNeeds {
  readonly postgres: Postgres<NotificationTables>;
  readonly telegram: Pick<Telegram, "getUpdates">;
  readonly pollSec: number;
  readonly intervalMs: number;
  readonly logger: Logger;
  /** Called when there is something to send. */
  readonly onPosted: () => void;
}

/** How much longer than one question the turn of a replica lasts: the time it has to answer people. */
const TURN_MARGIN_MS = 10_000;
/** Between two questions, should they not be kept open as they ought to be. */
const BREATH_MS = 100;

/**
 * Greets whoever writes `/start` to the bot. Replicas take turns: Telegram answers one at a time. What is read is confirmed
 * only by the next question, behind the commit of the greeting, so a crash loses none.
 */
export function createGreeter({ postgres, telegram, pollSec, intervalMs, logger, onPosted }: GreeterNeeds): Worker {
  const me = randomUUID();
  const turnMs = pollSec * 1000 + TURN_MARGIN_MS;

  async function round(signal: AbortSignal): Promise<Round> {
    const from = await takeTurn(postgres.db, me, turnMs);
    if (from === undefined) return {};
    const updates = await telegram.getUpdates(Number(from), pollSec, signal);
    if (updates.length === 0) return { dueInMs: BREATH_MS };
    await postgres.transaction((trx) => answer(trx, me, updates));
    onPosted();
    return { more: true };
  }

  const worker = createWorker({ name: "greeter", intervalMs, logger, run: round });
  return {
    ...worker,
    stop: async () => {
      await worker.stop();
      await endTurn(postgres.db, me).catch((err: unknown) =>
        logger.warn({ err }, "the turn of the greeter was not ended"),
      );
    },
  };
}
