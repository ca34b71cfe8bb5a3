import { uuidv7 } from "@gantry/kernel";
import type { KeyedRequest } from "../src/app/ports.ts";
import { createOrder, type Decision, type Order, type OrderItem } from "../src/domain/order.ts";

export const anItem = (item: Partial<OrderItem> = {}): OrderItem => ({
  partUuid: uuidv7(),
  name: "Vulcan main engine",
  quantity: 1,
  unitPrice: { minor: 1_250_000n, currency: "USD" },
  ...item,
});

/** The decision that makes an order waiting for its payment. */
export const aNewOrder = ({
  userUuid = uuidv7(),
  items = [anItem()],
  at = new Date("2026-11-02T10:00:00.000Z"),
} = {}): Decision => createOrder({ orderUuid: uuidv7(), userUuid, items, at });

export const anOrder = (order: Partial<Order> = {}): Order => ({ ...aNewOrder().order, ...order });

export const aRequest = (request: Partial<KeyedRequest> = {}): KeyedRequest => ({
  userUuid: uuidv7(),
  operation: "createOrder",
  key: uuidv7(),
  fingerprint: "same",
  ...request,
});
