import type { ColumnType, Generated } from "kysely";

/** The tables of the outbox, for the tables of a service: `interface PaymentTables extends OutboxTables { … }`. */
export interface OutboxTables {
  readonly outbox: OutboxTable;
  readonly outbox_lane: { readonly lane: number };
}

/** Written by {@link insertOutbox} only, so nothing here can be inserted or changed by a typed query. */
interface OutboxTable {
  readonly id: ColumnType<bigint, never, never>;
  readonly lane: ColumnType<number, never, never>;
  readonly event_id: string;
  readonly topic: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers: Record<string, string>;
  readonly created_at: Generated<Date>;
  readonly attempts: Generated<number>;
  readonly parked_at: Date | null;
  readonly park_reason: string | null;
}
