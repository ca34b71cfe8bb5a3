import { AppError, type Uuid } from "@gantry/kernel";
import type { Draft, Order } from "./order.ts";
import type { OrderEvent, OrderStatus } from "./transitions.ts";

/** Why an order in this state refuses what was asked of it, and what would have been possible. */
const refusals: Record<
  OrderStatus,
  { readonly reason: string; readonly hint: string; readonly retryAfterSec?: number }
> = {
  NEW: { reason: "ORDER_CHANGED", hint: "Try again when its parts are reserved.", retryAfterSec: 1 },
  PENDING_PAYMENT: { reason: "ORDER_CHANGED", hint: "No payment of it is under way.", retryAfterSec: 1 },
  PAYING: { reason: "PAYMENT_IN_PROGRESS", hint: "Wait for the outcome of its payment.", retryAfterSec: 1 },
  PAID: { reason: "ORDER_ALREADY_PAID", hint: "It cannot be paid again or cancelled." },
  ASSEMBLED: { reason: "ORDER_ALREADY_PAID", hint: "It cannot be paid again or cancelled." },
  CANCELLED: { reason: "ORDER_CANCELLED", hint: "Only an order in PENDING_PAYMENT can be paid." },
  FAILED: { reason: "ORDER_FAILED", hint: "It is final." },
};

export function illegalTransition(order: Draft & Partial<Order>, event: OrderEvent): AppError {
  if (order.cancelReason === "UNPAID_TOO_LONG") return orderExpired(order);
  const { reason, hint, ...retry } = refusals[order.status];
  return new AppError({
    kind: "failed_precondition",
    reason,
    message: `The order is ${order.status}. ${hint}`,
    details: {
      status: order.status,
      ...(order.transactionUuid !== undefined && { transaction_uuid: order.transactionUuid }),
    },
    ...retry,
    meta: { order_uuid: order.orderUuid, from: order.status, event },
  });
}

/** The same whether the order is cancelled already or will be in a moment. */
export const orderExpired = ({ orderUuid, status }: Pick<Order, "orderUuid" | "status">): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "ORDER_EXPIRED",
    message: "The order was not paid in time. Make a new one.",
    details: { status },
    meta: { order_uuid: orderUuid },
  });

/** Someone else's order looks exactly like one that does not exist. */
export const orderNotFound = (orderUuid: Uuid): AppError =>
  new AppError({
    kind: "not_found",
    reason: "ORDER_NOT_FOUND",
    message: `There is no order ${orderUuid}.`,
    details: { order_uuid: orderUuid },
  });

export const unknownParts = (partUuids: readonly Uuid[]): AppError =>
  new AppError({
    kind: "unprocessable",
    reason: "UNKNOWN_PART",
    message:
      partUuids.length === 1
        ? "1 part of this order does not exist."
        : `${partUuids.length} parts of this order do not exist.`,
    details: { part_uuids: partUuids.join(",") },
  });

export const emptyOrder = (): AppError =>
  new AppError({ kind: "invalid_argument", reason: "INVALID_REQUEST", message: "An order has at least one part." });

export const userMismatch = (): AppError =>
  new AppError({
    kind: "permission_denied",
    reason: "USER_MISMATCH",
    message: "user_uuid must be your own; leave it out to order for yourself.",
  });
