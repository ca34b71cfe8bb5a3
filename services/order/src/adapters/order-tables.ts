import type { Uuid } from "@gantry/kernel";
import type { InboxTables, OutboxTables } from "@gantry/postgres";
import type { Generated } from "kysely";
import type { CancelReason, PaymentFailure, PaymentMethod } from "../domain/change.ts";
import type { Draft, Order } from "../domain/order.ts";
import type { Cause, OrderStatus } from "../domain/transitions.ts";

/** The tables of `migrations/`, as kysely sees them. */
export interface OrderDatabase extends OutboxTables, InboxTables {
  readonly orders: OrderRow;
  readonly order_items: ItemRow;
  readonly order_history: HistoryRow;
  readonly idempotency: IdempotencyRow;
  readonly rejected_event: RejectedEventRow;
  readonly untold_order: { readonly order_uuid: Uuid; readonly version: number };
}

interface OrderRow {
  readonly order_uuid: Uuid;
  readonly user_uuid: Uuid;
  readonly status: OrderStatus;
  readonly version: number;
  readonly total_minor: bigint;
  readonly currency: string;
  readonly payment_method: PaymentMethod | null;
  readonly payment_failure: PaymentFailure | null;
  readonly cancel_reason: CancelReason | null;
  readonly transaction_uuid: Uuid | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly expires_at: Date;
  readonly sweep_at: Date | null;
}

interface ItemRow {
  readonly order_uuid: Uuid;
  readonly position: number;
  readonly part_uuid: Uuid;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price_minor: bigint;
}

export interface HistoryRow {
  readonly order_uuid: Uuid;
  readonly version: number;
  readonly from_status: OrderStatus | null;
  readonly to_status: OrderStatus;
  readonly cause: Cause;
  readonly payment_failure: PaymentFailure | null;
  readonly occurred_at: Date;
}

interface IdempotencyRow {
  readonly user_uuid: Uuid;
  readonly operation: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly order_uuid: Uuid;
  readonly answer: OrderSnapshot | null;
  readonly expires_at: Date;
}

interface RejectedEventRow {
  readonly event_id: Uuid;
  readonly type: string;
  readonly order_uuid: Uuid;
  readonly order_status: OrderStatus | null;
  readonly order_version: number | null;
  readonly facts: string;
  readonly rejected_at: Generated<Date>;
}

/** A line of an order as JSON holds it exactly: the amount as text. */
export interface ItemSnapshot {
  readonly part_uuid: Uuid;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price_minor: string;
}

type Snapshotted = Omit<OrderRow, "total_minor" | "sweep_at" | Times | Whys>;
type Times = "created_at" | "updated_at" | "expires_at";
/** An answer of success has none of these. */
type Whys = "payment_failure" | "cancel_reason";

/** An order as JSON holds it exactly: amounts and times as text. */
export interface OrderSnapshot {
  readonly order: Snapshotted & { readonly total_minor: string } & { readonly [time in Times]: string };
  readonly items: readonly ItemSnapshot[];
}

/** Of an order whose deadline the database sets. */
interface DraftSnapshot {
  readonly order: Omit<OrderSnapshot["order"], "expires_at">;
  readonly items: readonly ItemSnapshot[];
}

/** @param items the order's own, by position */
export function toOrder(row: Omit<OrderRow, "sweep_at">, items: readonly ItemSnapshot[]): Order {
  return {
    orderUuid: row.order_uuid,
    userUuid: row.user_uuid,
    status: row.status,
    version: row.version,
    items: items.map((item) => ({
      partUuid: item.part_uuid,
      name: item.name,
      quantity: item.quantity,
      unitPrice: { minor: BigInt(item.unit_price_minor), currency: row.currency },
    })),
    total: { minor: row.total_minor, currency: row.currency },
    ...(row.payment_method !== null && { paymentMethod: row.payment_method }),
    ...(row.payment_failure !== null && { paymentFailure: row.payment_failure }),
    ...(row.cancel_reason !== null && { cancelReason: row.cancel_reason }),
    ...(row.transaction_uuid !== null && { transactionUuid: row.transaction_uuid }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}

export function toSnapshot(order: Order): OrderSnapshot {
  const { order: row, items } = draftSnapshot(order);
  return { order: { ...row, expires_at: order.expiresAt.toISOString() }, items };
}

export function draftSnapshot(order: Draft): DraftSnapshot {
  return {
    order: {
      order_uuid: order.orderUuid,
      user_uuid: order.userUuid,
      status: order.status,
      version: order.version,
      total_minor: order.total.minor.toString(),
      currency: order.total.currency,
      payment_method: order.paymentMethod ?? null,
      transaction_uuid: order.transactionUuid ?? null,
      created_at: order.createdAt.toISOString(),
      updated_at: order.updatedAt.toISOString(),
    },
    items: order.items.map((item) => ({
      part_uuid: item.partUuid,
      name: item.name,
      quantity: item.quantity,
      unit_price_minor: item.unitPrice.minor.toString(),
    })),
  };
}

export function fromSnapshot({ order, items }: OrderSnapshot): Order {
  const row = {
    ...order,
    payment_failure: null,
    cancel_reason: null,
    total_minor: BigInt(order.total_minor),
    created_at: new Date(order.created_at),
    updated_at: new Date(order.updated_at),
    expires_at: new Date(order.expires_at),
  };
  return toOrder(row, items);
}
