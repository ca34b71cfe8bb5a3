import type { CreateOrderRequest, Order } from "@gantry/gen/openapi/order/server";

/** What every contender answers to a create: an order of the lines that were asked for. */
export function orderOf(request: CreateOrderRequest): Order {
  const lines = "items" in request ? request.items : [];
  const items = lines.map(({ part_uuid, quantity }) => ({
    part_uuid,
    name: "Vulcan main engine",
    quantity,
    unit_price: { minor: 1_250_000, currency: "USD" },
  }));
  return {
    order_uuid: "0199a3b1-2222-7000-8000-000000000001",
    user_uuid: "0199a3b0-1000-7000-8000-0000000000aa",
    status: "PENDING_PAYMENT",
    items,
    total: { minor: items.reduce((sum, item) => sum + item.quantity * item.unit_price.minor, 0), currency: "USD" },
    version: 1,
    created_at: "2026-11-02T10:00:00.000Z",
    updated_at: "2026-11-02T10:00:00.000Z",
  };
}

export const location = "/api/v1/orders/0199a3b1-2222-7000-8000-000000000001";
