import type { Snapshot } from "./snapshot.ts";

/** Ids that tests name. */
export const ann = "0199a3b0-1000-7000-8000-0000000000a1";
/** Paid from Ann's wallet and assembled. */
export const built = "0199a3b1-0000-7000-8000-000000000001";
/** Cancelled by Ann. */
export const dropped = "0199a3b1-0000-7000-8000-000000000002";
export const transaction = "0199a3b2-0000-7000-8000-000000000001";
const topUp = "0199a3b2-0000-7000-8000-000000000002";
export const chat = "4242";

const ORDER = "order.events.v1";
const PAYMENT = "payment.events.v1";
const ASSEMBLY = "assembly.events.v1";
const T = 1_790_000_000_000;

const stream = (topic: string, key: string, types: readonly string[]) =>
  types.map((type, index) => ({ topic, key, version: index + 1, type, eventId: `${key}/${topic}/${index + 1}` }));

const ledger = [
  ...stream(
    ORDER,
    built,
    ["OrderCreated", "OrderReserved", "OrderPaymentRequested", "OrderPaid", "OrderAssembled"].map(ofOrder),
  ),
  ...stream(ORDER, dropped, ["OrderCreated", "OrderReserved", "OrderCancelled"].map(ofOrder)),
  ...stream(PAYMENT, built, ["gantry.payment.v1.PaymentCompleted"]),
  ...stream(ASSEMBLY, built, ["gantry.assembly.v1.ShipAssembled"]),
];

function ofOrder(name: string): string {
  return `gantry.order.v1.${name}`;
}

const readers: Readonly<Record<string, readonly string[]>> = {
  [ORDER]: ["payment", "assembly", "notification"],
  [PAYMENT]: ["order"],
  [ASSEMBLY]: ["order", "notification"],
};
const inbox = ledger.flatMap(({ type: _, ...event }) =>
  (readers[event.topic] ?? []).map((consumer) => ({ consumer, ...event })),
);
const cursors = [...new Map(inbox.map((row) => [`${row.consumer} ${row.topic} ${row.key}`, row])).values()].map(
  ({ consumer, topic, key }) => ({
    consumer,
    topic,
    key,
    lastVersion: ledger.filter((event) => event.topic === topic && event.key === key).length,
  }),
);

const at = { startedAtMs: T, endedAtMs: T + 9 };
const order = { userUuid: ann, totalMinor: 700, expiresAtMs: T + 600_000, updatedAtMs: T + 3_000 };

/** A small system after a good day: what nothing may be found wrong in. Tests break one thing of it at a time. */
export const healthySnapshot: Snapshot = {
  takenAtMs: T + 10_000,
  calls: [
    {
      userUuid: ann,
      operation: "topUp",
      key: "money",
      amountMinor: 1_000,
      ...at,
      outcome: { kind: "ok", status: 200, entryUuid: topUp },
    },
    {
      userUuid: ann,
      operation: "create",
      key: "first",
      ...at,
      outcome: { kind: "ok", status: 201, orderUuid: built, totalMinor: 700 },
    },
    {
      userUuid: ann,
      operation: "pay",
      key: "pays",
      orderUuid: built,
      paymentMethod: "WALLET",
      ...at,
      outcome: { kind: "ok", status: 202 },
    },
    {
      userUuid: ann,
      operation: "create",
      key: "second",
      ...at,
      outcome: { kind: "ok", status: 201, orderUuid: dropped, totalMinor: 700 },
    },
    { userUuid: ann, operation: "cancel", orderUuid: dropped, ...at, outcome: { kind: "ok", status: 204 } },
    { userUuid: ann, operation: "create", key: "third", ...at, outcome: { kind: "unknown", why: "ECONNRESET" } },
    {
      userUuid: ann,
      operation: "create",
      key: "fourth",
      ...at,
      outcome: { kind: "fail", status: 422, code: "UNKNOWN_PART" },
    },
  ],
  orders: [
    {
      ...order,
      orderUuid: built,
      status: "ASSEMBLED",
      version: 5,
      paymentMethod: "WALLET",
      transactionUuid: transaction,
    },
    { ...order, orderUuid: dropped, status: "CANCELLED", version: 3 },
  ],
  history: [
    { orderUuid: built, version: 1, cause: "CREATED", to: "NEW" },
    { orderUuid: built, version: 2, cause: "STOCK_RESERVED", to: "PENDING_PAYMENT" },
    { orderUuid: built, version: 3, cause: "PAY_REQUESTED", to: "PAYING" },
    { orderUuid: built, version: 4, cause: "PAYMENT_CONFIRMED", to: "PAID" },
    { orderUuid: built, version: 5, cause: "SHIP_ASSEMBLED", to: "ASSEMBLED" },
    { orderUuid: dropped, version: 1, cause: "CREATED", to: "NEW" },
    { orderUuid: dropped, version: 2, cause: "STOCK_RESERVED", to: "PENDING_PAYMENT" },
    { orderUuid: dropped, version: 3, cause: "CANCEL_REQUESTED", to: "CANCELLED" },
  ],
  keys: [
    { userUuid: ann, operation: "create", key: "first", orderUuid: built },
    { userUuid: ann, operation: "create", key: "second", orderUuid: dropped },
  ],
  rejected: [],
  ledger,
  messages: ledger.map((event, index) => ({ ...event, partition: 0, offset: String(index) })),
  deadLetters: [],
  inbox,
  cursors,
  parked: [],
  outbox: [],
  payments: [
    {
      orderUuid: built,
      decision: "PAY",
      transactionUuid: transaction,
      userUuid: ann,
      paymentMethod: "WALLET",
      amountMinor: 700,
    },
    { orderUuid: dropped, decision: "VOID" },
  ],
  accounts: [{ userUuid: ann, balanceMinor: 300 }],
  entries: [
    { entryUuid: topUp, userUuid: ann, deltaMinor: 1_000, balanceMinor: 1_000, version: 1, key: "money" },
    { entryUuid: transaction, userUuid: ann, deltaMinor: -700, balanceMinor: 300, version: 2, orderUuid: built },
  ],
  jobs: [{ orderUuid: built, dueAtMs: T + 2_000, doneAtMs: T + 2_040 }],
  notices: [
    { orderUuid: built, kind: "ORDER_PAID", chat, state: "SENT", ambiguous: 0, reason: "" },
    { orderUuid: built, kind: "SHIP_ASSEMBLED", chat, state: "SENT", ambiguous: 0, reason: "" },
  ],
  deliveries: [
    { orderUuid: built, kind: "ORDER_PAID", chat },
    { orderUuid: built, kind: "SHIP_ASSEMBLED", chat },
  ],
  drain: { tookMs: 900, limitMs: 60_000 },
  injected: { keys: [] },
};
