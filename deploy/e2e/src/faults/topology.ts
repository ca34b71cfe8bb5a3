/** Which consumers read which topic, written down here a second time on purpose: the checker trusts no service's settings. */
export const subscribers: Readonly<Record<string, readonly string[]>> = {
  "order.events.v1": ["payment", "assembly", "notification"],
  "payment.events.v1": ["order"],
  "assembly.events.v1": ["order", "notification"],
};

/** The topics of events, without their dead-letter topics. */
export const eventTopics: readonly string[] = Object.keys(subscribers);

/** Of which events a person is told by message, and what kind of message that is. */
export const messageKinds: Readonly<Record<string, string>> = {
  "gantry.order.v1.OrderPaid": "ORDER_PAID",
  "gantry.assembly.v1.ShipAssembled": "SHIP_ASSEMBLED",
};
