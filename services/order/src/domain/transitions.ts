/** Where an order can be. FAILED, CANCELLED and ASSEMBLED are final. */
export const orderStatuses = ["NEW", "PENDING_PAYMENT", "PAYING", "PAID", "ASSEMBLED", "CANCELLED", "FAILED"] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** The state machine: event × from → to. A pair that is not here is illegal. */
export const transitions = {
  STOCK_RESERVED: { NEW: "PENDING_PAYMENT" },
  OUT_OF_STOCK: { NEW: "FAILED" },
  PAY_REQUESTED: { PENDING_PAYMENT: "PAYING" },
  PAYMENT_CONFIRMED: { PAYING: "PAID" },
  PAYMENT_REFUSED: { PAYING: "PENDING_PAYMENT" },
  CANCEL_REQUESTED: { PENDING_PAYMENT: "CANCELLED", PAYING: "CANCELLED" },
  UNPAID_TOO_LONG: { PENDING_PAYMENT: "CANCELLED", PAYING: "CANCELLED" },
  SHIP_ASSEMBLED: { PAID: "ASSEMBLED" },
} as const satisfies Record<string, Partial<Record<OrderStatus, OrderStatus>>>;

export type OrderEvent = keyof typeof transitions;

/** What the history says of a change. */
export type Cause = "CREATED" | OrderEvent;

/** Where `event` leads from `from`, or undefined when the table does not allow it. */
export function next(from: OrderStatus, event: OrderEvent): OrderStatus | undefined {
  const row: Partial<Record<OrderStatus, OrderStatus>> = transitions[event];
  return row[from];
}
