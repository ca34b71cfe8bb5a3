import type { components } from "@gantry/gen/openapi/order/types";
import type { Immutable } from "@gantry/http/contract";
import type { Money } from "@gantry/kernel";
import type { CreateOrderCommand } from "../app/create-order.ts";
import type { HistoryEntry } from "../app/ports.ts";
import type { Order, OrderItem } from "../domain/order.ts";

type Schemas = Immutable<components["schemas"]>;

/** Elsewhere a deadline means nothing any more. */
const payable: ReadonlySet<Order["status"]> = new Set(["PENDING_PAYMENT", "PAYING"]);

export function toOrderBody(order: Order): Schemas["Order"] {
  return {
    order_uuid: order.orderUuid,
    user_uuid: order.userUuid,
    status: order.status,
    items: order.items.map(toItemBody),
    total: toMoneyBody(order.total),
    ...(order.paymentMethod && { payment_method: order.paymentMethod }),
    ...(order.paymentFailure && { payment_failure: order.paymentFailure }),
    ...(order.transactionUuid && { transaction_uuid: order.transactionUuid }),
    version: order.version,
    created_at: order.createdAt.toISOString(),
    updated_at: order.updatedAt.toISOString(),
    ...(payable.has(order.status) && { expires_at: order.expiresAt.toISOString() }),
  };
}

export function toHistoryEntryBody(entry: HistoryEntry): Schemas["OrderHistoryEntry"] {
  return {
    version: entry.version,
    ...(entry.from && { from: entry.from }),
    to: entry.to,
    cause: entry.cause,
    ...(entry.paymentFailure && { payment_failure: entry.paymentFailure }),
    occurred_at: entry.occurredAt.toISOString(),
  };
}

/** One line for each piece or for each kind; adding up is the order's business. */
export function toLines(body: Schemas["CreateOrderRequest"]): CreateOrderCommand["lines"] {
  if ("part_uuids" in body) return body.part_uuids.map((partUuid) => ({ partUuid, quantity: 1 }));
  return body.items.map((item) => ({ partUuid: item.part_uuid, quantity: item.quantity }));
}

const toItemBody = (item: OrderItem): Schemas["OrderItem"] => ({
  part_uuid: item.partUuid,
  name: item.name,
  quantity: item.quantity,
  unit_price: toMoneyBody(item.unitPrice),
});

/** Exact: the domain keeps amounts within what a JSON number holds. */
const toMoneyBody = ({ minor, currency }: Money): Schemas["Money"] => ({ minor: Number(minor), currency });
