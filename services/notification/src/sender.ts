import type { Failpoints } from "@gantry/failpoints";
import type { Postgres } from "@gantry/postgres";
import { createWorker, type Round, type Worker } from "@gantry/runtime";
import { count, type Logger } from "@gantry/telemetry";
import type { Contacts } from "./contacts.ts";
import type { Messenger, Outcome } from "./messenger.ts";
import { type Claimed, claimNext, giveUpLost, type Pace, settle } from "./send-queue.postgres.ts";
import type { NotificationTables } from "./tables.postgres.ts";

/** What the sender works with. Times are in milliseconds. */
export interface SenderNeeds {
  readonly postgres: Postgres<NotificationTables>;
  readonly messenger: Messenger;
  readonly contacts: Pick<Contacts, "locate">;
  readonly pace: Pace;
  readonly intervalMs: number;
  /** Longer than any attempt takes: afterwards its sender counts as lost. */
  readonly leaseMs: number;
  readonly failpoints: Failpoints;
  readonly logger: Logger;
}

/** Chats that are written to at once, by one replica. */
const MAX_AT_ONCE = 16;

/** Sends what waits: each chat in order, one message at a time, at the pace that Telegram allows. Safe on every replica. */
export function createSender(needs: SenderNeeds): Worker {
  const { postgres, pace, intervalMs, leaseMs, logger } = needs;
  const sending = new Set<Promise<void>>();
  const worker = createWorker({ name: "sender", intervalMs, logger, run: round });

  async function round(): Promise<Round> {
    const lost = await giveUpLost(postgres.db, leaseMs);
    if (lost > 0) count("notificationUnknown", lost);
    if (sending.size >= MAX_AT_ONCE) return {};
    const claim = await claimNext(postgres, pace);
    if (!("message" in claim)) return { dueInMs: claim.waitMs };
    const attempt = deliver(claim.message, needs).finally(() => {
      sending.delete(attempt);
      worker.wake();
    });
    sending.add(attempt);
    return { more: true };
  }

  return {
    ...worker,
    stop: async () => {
      await worker.stop();
      await Promise.all(sending);
    },
  };
}

/** Never rejects: an attempt that is not settled is given up later, as unknown. */
async function deliver(
  message: Claimed,
  needs: Pick<SenderNeeds, "postgres" | "messenger" | "contacts" | "failpoints" | "logger">,
): Promise<void> {
  const { postgres, failpoints, logger } = needs;
  try {
    await failpoints.hit("notify.after_sending");
    const outcome = await attempt(message, needs);
    await failpoints.hit("notify.after_http");
    await settle(postgres, message, outcome);
    report(message, outcome, logger);
  } catch (err) {
    logger.warn({ err, ...factsOf(message) }, "the outcome of a message was not written down");
  }
}

async function attempt(
  { recipient, text }: Claimed,
  { contacts, messenger }: Pick<SenderNeeds, "contacts" | "messenger">,
): Promise<Outcome> {
  const where = await contacts.locate(recipient);
  return where.kind === "chat" ? messenger.send(where.chatId, text) : where;
}

/** Without the chat and the text, which are the person's. */
const factsOf = ({ kind, orderUuid, attempts }: Claimed) => ({ kind, order_uuid: orderUuid, attempts });

const failures = {
  refused: "message refused",
  skipped: "message skipped",
  "not-sent": "message not sent yet",
  unknown: "message perhaps sent",
} as const satisfies Record<Exclude<Outcome["kind"], "sent">, string>;

function report(message: Claimed, outcome: Outcome, logger: Logger): void {
  if (outcome.kind === "sent") {
    logger.info({ ...factsOf(message), message_id: outcome.messageId }, "message sent");
    return;
  }
  if (outcome.kind === "unknown") count("notificationUnknown");
  logger.warn({ ...factsOf(message), reason: outcome.reason }, failures[outcome.kind]);
}
