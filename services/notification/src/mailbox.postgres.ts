import type { Uuid } from "@gantry/kernel";
import type { Transaction } from "kysely";
import type { Html } from "./html.ts";
import type { Kind, NotificationTables } from "./tables.postgres.ts";

/** Something to tell a person. */
export interface Message {
  readonly eventId: Uuid;
  readonly kind: Kind;
  readonly orderUuid: Uuid | null;
  readonly text: Html;
}

/** Puts a message to chats or persons, behind what waits there already. A repeat changes nothing. */
export async function post(
  trx: Transaction<NotificationTables>,
  { eventId, kind, orderUuid, text }: Message,
  recipients: readonly string[],
): Promise<void> {
  if (recipients.length === 0) return;
  const row = { event_id: eventId, kind, order_uuid: orderUuid, text };
  await trx
    .insertInto("notification")
    .values(recipients.map((chat_id) => ({ ...row, chat_id })))
    .onConflict((conflict) => conflict.columns(["event_id", "chat_id", "kind"]).doNothing())
    .execute();
}
