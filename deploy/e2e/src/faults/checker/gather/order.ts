import type { HistoryRow, KeyRow, LedgerEvent, OrderRow, RejectedRow, Snapshot } from "../snapshot.ts";
import { ms, type Read, whole } from "./database.postgres.ts";

/** What order says happened, as the event that tells it. */
const eventOf: Readonly<Record<string, string>> = {
  CREATED: "OrderCreated",
  STOCK_RESERVED: "OrderReserved",
  OUT_OF_STOCK: "OrderFailed",
  PAY_REQUESTED: "OrderPaymentRequested",
  PAYMENT_REFUSED: "OrderPaymentRefused",
  PAYMENT_CONFIRMED: "OrderPaid",
  CANCEL_REQUESTED: "OrderCancelled",
  UNPAID_TOO_LONG: "OrderCancelled",
  SHIP_ASSEMBLED: "OrderAssembled",
};

type OrderPart = Pick<Snapshot, "takenAtMs" | "orders" | "history" | "keys" | "rejected">;

export async function readOrders(read: Read): Promise<OrderPart> {
  const [clock] = await read<{ now: number }>(`SELECT ${ms("clock_timestamp()")} AS now`);
  return {
    takenAtMs: clock?.now ?? 0,
    orders: await read<OrderRow>(
      `SELECT order_uuid AS "orderUuid", user_uuid AS "userUuid", status, version, ${whole("total_minor")} AS "totalMinor",
         payment_method AS "paymentMethod", transaction_uuid AS "transactionUuid", ${ms("expires_at")} AS "expiresAtMs",
         ${ms("updated_at")} AS "updatedAtMs" FROM orders`,
    ),
    history: await read<HistoryRow>(
      `SELECT order_uuid AS "orderUuid", version, cause, to_status AS "to" FROM order_history ORDER BY 1, 2`,
    ),
    keys: await read<KeyRow>(
      `SELECT user_uuid AS "userUuid", CASE operation WHEN 'createOrder' THEN 'create' ELSE 'pay' END AS operation, key,
         order_uuid AS "orderUuid" FROM idempotency WHERE answer IS NOT NULL`,
    ),
    rejected: await read<RejectedRow>(
      `SELECT order_uuid AS "orderUuid", type, order_status AS "orderStatus" FROM rejected_event`,
    ),
  };
}

/** Order's history is its ledger: each change has one event. */
export const orderEvents = (history: readonly HistoryRow[]): readonly LedgerEvent[] =>
  history.map(({ orderUuid, version, cause }) => ({
    topic: "order.events.v1",
    key: orderUuid,
    version,
    type: `gantry.order.v1.${eventOf[cause] ?? cause}`,
  }));
