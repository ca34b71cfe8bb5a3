import { type Uuid, uuidv7 } from "@gantry/kernel";
import { type Kysely, sql, type Transaction } from "kysely";
import { post } from "./mailbox.postgres.ts";
import type { NotificationTables } from "./tables.postgres.ts";
import type { Update } from "./telegram.ts";
import { greeting } from "./templates.ts";

/** Makes it this replica's turn to read, unless another one has it. Returns the first update that nobody has answered. */
export async function takeTurn(db: Kysely<NotificationTables>, me: Uuid, turnMs: number): Promise<bigint | undefined> {
  const { rows } = await sql<{ readonly from: bigint }>`
    update telegram_bot
    set poller = ${me}, polls_until = clock_timestamp() + ${turnMs}::float8 * interval '1 millisecond'
    where poller = ${me} or polls_until < clock_timestamp()
    returning next_update_id as "from"`.execute(db);
  return rows[0]?.from;
}

/** Lets the next replica read at once. */
export async function endTurn(db: Kysely<NotificationTables>, me: Uuid): Promise<void> {
  await sql`update telegram_bot set polls_until = '-infinity' where poller = ${me}`.execute(db);
}

/** Moves past the updates and greets who is new in them, unless another replica has taken the turn meanwhile. */
export async function answer(
  trx: Transaction<NotificationTables>,
  me: Uuid,
  updates: readonly Update[],
): Promise<void> {
  const last = Math.max(...updates.map(({ updateId }) => updateId));
  const { rows } = await sql<{ readonly from: bigint }>`
    update telegram_bot set next_update_id = ${last}::bigint + 1
    from (select next_update_id as before from telegram_bot for update) held
    where poller = ${me} and next_update_id <= ${last}
    returning before as "from"`.execute(trx);
  const [mine] = rows;
  if (mine === undefined) return;
  for (const { updateId, message } of updates)
    if (message !== undefined && updateId >= Number(mine.from) && isStart(message.text))
      await greet(trx, message.chatId, message.firstName);
}

const isStart = (text: string): boolean => /^\/start(@\w+)?(\s|$)/.test(text);

/** Once, however often somebody asks while the greeting waits. */
async function greet(trx: Transaction<NotificationTables>, chatId: string, firstName: string): Promise<void> {
  const waiting = await trx
    .selectFrom("notification")
    .select("id")
    .where("chat_id", "=", chatId)
    .where("kind", "=", "GREETING")
    .where("due_at", "is not", null)
    .executeTakeFirst();
  if (waiting !== undefined) return;
  await post(trx, { eventId: uuidv7(), kind: "GREETING", orderUuid: null, text: greeting(firstName, chatId) }, [
    chatId,
  ]);
}
