import { messageKinds } from "../../topology.ts";
import type { TelegramRecord } from "../check-request.ts";
import type { Delivery, NoticeRow } from "../snapshot.ts";
import type { Read } from "./database.postgres.ts";

/** A notice is for a person, and a person is where they have told IAM that they are. */
const PERSON = "user:";

export async function readNotices(
  read: Read,
  contacts: Readonly<Record<string, string>>,
): Promise<readonly NoticeRow[]> {
  const rows = await readRows(read);
  return rows.map((row) => ({
    ...row,
    chat: (row.chat.startsWith(PERSON) && contacts[row.chat.slice(PERSON.length)]) || row.chat,
  }));
}

const readRows = (read: Read): Promise<readonly NoticeRow[]> =>
  read<NoticeRow>(
    `SELECT order_uuid AS "orderUuid", kind, chat_id AS chat, state, unknowns AS ambiguous, coalesce(reason, '') AS reason
     FROM notification WHERE kind IN (${Object.values(messageKinds)
       .map((kind) => `'${kind}'`)
       .join(", ")})`,
  );

/** Reads what a message is about as a person would: the order it names and what it says of it. */
export const deliveriesOf = (record: readonly TelegramRecord[]): readonly Delivery[] =>
  record.flatMap(({ chatId, shown }) => {
    const [orderUuid] = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(shown) ?? [];
    return orderUuid === undefined ? [] : [{ chat: chatId, orderUuid, kind: kindOf(shown) }];
  });

const kindOf = (shown: string): string => (/\bbuilt\b|\bassembled\b/i.test(shown) ? "SHIP_ASSEMBLED" : "ORDER_PAID");
