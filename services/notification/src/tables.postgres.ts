import type { Uuid } from "@gantry/kernel";
import type { InboxTables } from "@gantry/postgres";
import type { ColumnType, Generated } from "kysely";
import type { Html } from "./html.ts";

/** What a message tells. */
export type Kind = "ORDER_PAID" | "SHIP_ASSEMBLED" | "GREETING";

/** migrations/ */
export interface NotificationTables extends InboxTables {
  notification: {
    id: ColumnType<bigint, never, never>;
    event_id: Uuid;
    /** A chat, or `user:<uuid>`: a person whose chat is asked for when the message is sent. */
    chat_id: string;
    kind: Kind;
    order_uuid: Uuid | null;
    text: Html;
    state: Generated<"PENDING" | "SENDING" | "SENT" | "FAILED" | "SKIPPED" | "UNKNOWN">;
    attempts: Generated<number>;
    unknowns: Generated<number>;
    due_at: Generated<Date | null>;
    started_at: Date | null;
    message_id: bigint | null;
    reason: string | null;
    created_at: Generated<Date>;
    finished_at: Date | null;
  };
  telegram_bot: {
    next_send_at: Date;
    next_update_id: bigint;
    poller: Uuid | null;
    polls_until: Date;
  };
}
