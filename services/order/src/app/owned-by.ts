import type { Uuid } from "@gantry/kernel";
import type { Order } from "../domain/order.ts";
import { orderNotFound } from "../domain/order-errors.ts";

/** @throws AppError ORDER_NOT_FOUND unless the order is `userUuid`'s. */
export function requireOwner(order: Order | undefined, orderUuid: Uuid, userUuid: Uuid): Order {
  if (order?.userUuid !== userUuid) throw orderNotFound(orderUuid);
  return order;
}
