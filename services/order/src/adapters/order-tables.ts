import type { Uuid } from "@gantry/kernel";
import type { Order, PaymentMethod } from "../domain/order.ts";
import type { Cause, OrderStatus } from "../domain/transitions.ts";

/** The tables of `migrations/`, as kysely sees them. */
export interface OrderDatabase {
  readonly orders: OrderRow;
  readonly order_items: ItemRow;
  readonly order_history: HistoryRow;
  readonly idempotency: IdempotencyRow;
}

export interface OrderRow {
  readonly order_uuid: Uuid;
  readonly user_uuid: Uuid;
  readonly status: OrderStatus;
  readonly version: number;
  readonly total_minor: bigint;
  readonly currency: string;
  readonly payment_method: PaymentMethod | null;
  readonly transaction_uuid: Uuid | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly payment_due_at: Date | null;
}

interface ItemRow {
  readonly order_uuid: Uuid;
  readonly position: number;
  readonly part_uuid: Uuid;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price_minor: bigint;
}

interface HistoryRow {
  readonly order_uuid: Uuid;
  readonly version: number;
  readonly from_status: OrderStatus | null;
  readonly to_status: OrderStatus;
  readonly cause: Cause;
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

/** A line of an order as JSON holds it exactly: the amount as text. */
export interface ItemSnapshot {
  readonly part_uuid: Uuid;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price_minor: string;
}

/** An order as JSON holds it exactly: amounts and times as text. */
export interface OrderSnapshot {
  readonly order: Omit<OrderRow, "total_minor" | "created_at" | "updated_at" | "payment_due_at"> & {
    readonly total_minor: string;
    readonly created_at: string;
    readonly updated_at: string;
  };
  readonly items: readonly ItemSnapshot[];
}

/** @param items the order's own, by position */
export function toOrder(row: Omit<OrderRow, "payment_due_at">, items: readonly ItemSnapshot[]): Order {
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
    ...(row.transaction_uuid !== null && { transactionUuid: row.transaction_uuid }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toSnapshot(order: Order): OrderSnapshot {
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
    total_minor: BigInt(order.total_minor),
    created_at: new Date(order.created_at),
    updated_at: new Date(order.updated_at),
  };
  return toOrder(row, items);
}
