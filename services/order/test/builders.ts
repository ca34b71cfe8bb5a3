import { uuidv7 } from "@gantry/kernel";
import type { KeyedRequest } from "../src/app/ports.ts";
import {
  createOrder,
  type Decision,
  type Draft,
  type NewOrder,
  type Order,
  type OrderItem,
} from "../src/domain/order.ts";

export const anItem = (item: Partial<OrderItem> = {}): OrderItem => ({
  partUuid: uuidv7(),
  name: "Vulcan main engine",
  quantity: 1,
  unitPrice: { minor: 1_250_000n, currency: "USD" },
  ...item,
});

/** The decision that makes an order waiting for its payment. */
export const aNewOrder = (order: Partial<NewOrder> = {}): Decision<Draft> =>
  createOrder({
    orderUuid: uuidv7(),
    userUuid: uuidv7(),
    items: [anItem()],
    at: new Date("2026-11-02T10:00:00.000Z"),
    ...order,
  });

/** One that can be paid for as long as the tests are of interest. */
export const anOrder = (order: Partial<Order> = {}): Order => ({
  ...aNewOrder().order,
  expiresAt: new Date("2199-01-01T00:00:00.000Z"),
  ...order,
});

export const aRequest = (request: Partial<KeyedRequest> = {}): KeyedRequest => ({
  userUuid: uuidv7(),
  operation: "createOrder",
  key: uuidv7(),
  fingerprint: "same",
  ...request,
});
