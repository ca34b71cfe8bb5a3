import type { ColumnType, Generated } from "kysely";

/** The tables of the inbox, for the tables of a service: `interface OrderTables extends InboxTables { … }`. */
export interface InboxTables {
  readonly inbox: InboxTable;
  readonly inbox_cursor: InboxCursorTable;
  readonly resequence: HeldTable;
  readonly parked: HeldTable;
  readonly parked_key: ParkedKeyTable;
}

interface InboxTable {
  readonly seq: ColumnType<bigint, never, never>;
  readonly consumer: string;
  readonly event_id: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly processed_at: Generated<Date>;
}

interface InboxCursorTable {
  readonly consumer: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly last_version: number;
  readonly held: number;
  readonly parked: boolean;
}

interface HeldTable {
  readonly consumer: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly event_id: string;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers: Record<string, string>;
  readonly received_at: Generated<Date>;
}

interface ParkedKeyTable {
  readonly consumer: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly failed_version: number;
  readonly reason: string;
  readonly error: string;
  readonly replay_count: number;
  readonly first_failed_at: Generated<Date>;
  readonly last_failed_at: Generated<Date>;
  readonly replay_requested_at: Date | null;
}
