import type { Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Html } from "./html.ts";
import type { Outcome } from "./messenger.ts";
import type { Kind, NotificationTables } from "./tables.postgres.ts";

/** How fast messages may follow each other, in milliseconds. All replicas keep it together. */
export interface Pace {
  /** Between two messages of the bot. */
  readonly botIntervalMs: number;
  /** Between two messages to one chat. */
  readonly chatIntervalMs: number;
}

/** A message that is SENDING: whoever holds it sends it, nobody else. */
export interface Claimed {
  readonly id: bigint;
  /** A chat, or a person. */
  readonly recipient: string;
  readonly kind: Kind;
  readonly orderUuid: Uuid | null;
  readonly text: Html;
  /** Which attempt this is, from 1. */
  readonly attempts: number;
}

/** A message to send now, or how long there is none; undefined: until a new one comes. */
export type Claim = { readonly message: Claimed } | { readonly waitMs: number | undefined };

const ms = (value: number) => sql`${value}::float8 * interval '1 millisecond'`;

/**
 * Takes the next message and commits it as SENDING. The bot's row is locked meanwhile, so replicas claim one after another:
 * at a pace of some thirty a second that costs nothing.
 */
export const claimNext = ({ transaction }: Postgres<NotificationTables>, pace: Pace): Promise<Claim> =>
  transaction(async (trx) => {
    const botWaitMs = await lockBot(trx);
    if (botWaitMs > 0) return { waitMs: botWaitMs };
    const next = await nextOfAllChats(trx, pace);
    if (next === undefined || next.waitMs > 0) return { waitMs: next?.waitMs };
    return { message: await take(trx, next.id, pace) };
  });

async function lockBot(trx: Transaction<NotificationTables>): Promise<number> {
  const { rows } = await sql<{ readonly wait_ms: number }>`
    select extract(epoch from greatest(next_send_at, clock_timestamp()) - clock_timestamp())::float8 * 1000 as wait_ms
    from telegram_bot for update`.execute(trx);
  return rows[0]?.wait_ms ?? 0;
}

interface Next {
  readonly id: bigint;
  readonly waitMs: number;
}

/** The oldest waiting message of each chat is the only one that may be sent, which keeps the order of every chat. */
async function nextOfAllChats(
  trx: Transaction<NotificationTables>,
  { chatIntervalMs }: Pace,
): Promise<Next | undefined> {
  const { rows } = await sql<Next>`
    with recursive head (chat_id, id) as (
      (select chat_id, id from notification where due_at is not null order by chat_id, id limit 1)
      union all
      select following.chat_id, following.id
      from head, lateral (
        select chat_id, id from notification
        where due_at is not null and chat_id > head.chat_id order by chat_id, id limit 1
      ) following
    )
    select waiting.id, (extract(epoch from ready_at - clock_timestamp()) * 1000)::float8 as "waitMs"
    from head join notification waiting using (chat_id, id), lateral (
      select greatest(waiting.due_at, max(earlier.started_at) + ${ms(chatIntervalMs)}) as ready_at
      from notification earlier where earlier.chat_id = waiting.chat_id
    ) pace
    where waiting.state <> 'SENDING'
    order by ready_at
    limit 1`.execute(trx);
  return rows[0];
}

async function take(trx: Transaction<NotificationTables>, id: bigint, { botIntervalMs }: Pace): Promise<Claimed> {
  const { rows } = await sql<Claimed>`
    with paced as (update telegram_bot set next_send_at = clock_timestamp() + ${ms(botIntervalMs)})
    update notification
    set state = 'SENDING', attempts = attempts + 1, started_at = clock_timestamp()
    where id = ${id} and state <> 'SENDING'
    returning id, chat_id as "recipient", kind, order_uuid as "orderUuid", text, attempts`.execute(trx);
  const [claimed] = rows;
  if (claimed === undefined) throw new Error("a message was claimed under a lock and is gone");
  return claimed;
}

/** The columns of a message of which nobody knows whether it arrived: it is sent once more, at once, and never again. */
const unknown = sql`state = 'UNKNOWN', unknowns = unknowns + 1,
  due_at = case when unknowns = 0 then clock_timestamp() end,
  finished_at = case when unknowns > 0 then clock_timestamp() end`;

/** Longest pause between two attempts. */
const MAX_BACK_OFF_MS = 60_000;
/** News of an order that is older is of no use to anybody. */
const GIVE_UP_AFTER = sql`interval '24 hours'`;

/** Writes down what became of a message; of an attempt that was given up meanwhile, only that it arrived after all. */
export const settle = (
  { transaction }: Postgres<NotificationTables>,
  claimed: Claimed,
  outcome: Outcome,
): Promise<void> =>
  transaction(async (trx) => {
    // the bot first, as in a claim: two locks in one order cannot deadlock
    if (outcome.kind === "not-sent" && outcome.pauseMs > 0) await pause(trx, outcome.pauseMs);
    const held = outcome.kind === "sent" ? sql`state in ('SENDING', 'UNKNOWN')` : sql`state = 'SENDING'`;
    await sql`
      update notification set ${changes(outcome, claimed)}
      where id = ${claimed.id} and attempts = ${claimed.attempts} and ${held}`.execute(trx);
  });

const pause = (trx: Transaction<NotificationTables>, pauseMs: number): Promise<unknown> =>
  sql`update telegram_bot set next_send_at = greatest(next_send_at, clock_timestamp() + ${ms(pauseMs)})`.execute(trx);

function changes(outcome: Outcome, { attempts }: Claimed) {
  const over = sql`due_at = null, finished_at = clock_timestamp()`;
  switch (outcome.kind) {
    case "sent":
      return sql`state = 'SENT', message_id = ${outcome.messageId ?? null}, reason = null, ${over}`;
    case "skipped":
      return sql`state = 'SKIPPED', reason = ${outcome.reason}, ${over}`;
    case "refused":
      return sql`state = 'FAILED', reason = ${outcome.reason}, ${over}`;
    case "unknown":
      return sql`${unknown}, reason = ${outcome.reason}`;
    case "not-sent": {
      const stale = sql`clock_timestamp() - created_at > ${GIVE_UP_AFTER}`;
      const backOffMs = Math.min(MAX_BACK_OFF_MS, 500 * 2 ** Math.min(attempts, 10)) * (0.5 + Math.random() / 2);
      return sql`reason = ${outcome.reason}, state = case when ${stale} then 'FAILED' else 'PENDING' end,
        due_at = case when not ${stale} then clock_timestamp() + ${ms(backOffMs)} end,
        finished_at = case when ${stale} then clock_timestamp() end`;
    }
  }
}

/** Gives up attempts that nobody can be at any more: their sender was killed. Returns how many there were. */
export async function giveUpLost(db: Kysely<NotificationTables>, leaseMs: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update notification set ${unknown}, reason = 'the sender was lost'
    where state = 'SENDING' and started_at < clock_timestamp() - ${ms(leaseMs)}`.execute(db);
  return Number(numAffectedRows);
}
