import { type Postgres, writeOutbox } from "@gantry/postgres";
import type { Change } from "../domain/change.ts";
import type { Order } from "../domain/order.ts";
import { eventsOf } from "./order-events.ts";
import { rowsToOrders, selectOrders } from "./order-rows.ts";
import type { HistoryRow, OrderDatabase } from "./order-tables.ts";

/**
 * Tells what happened to orders before changes had events: needed once, behind the upgrade that brought events. What happens
 * to such an order meanwhile may be told earlier; consumers put it into order.
 * @returns how many orders were told about, at most `limit`. Safe on every replica at once
 */
export function tellUntoldOrders({ transaction }: Postgres<OrderDatabase>, limit: number): Promise<number> {
  return transaction(async (trx) => {
    const untold = await trx.selectFrom("untold_order").selectAll().limit(limit).forUpdate().skipLocked().execute();
    const upTo = new Map(untold.map(({ order_uuid, version }) => [order_uuid, version]));
    if (upTo.size === 0) return 0;
    const orders = rowsToOrders(
      await selectOrders(trx)
        .where("order_uuid", "in", [...upTo.keys()])
        .execute(),
    );
    const history = await trx
      .selectFrom("order_history")
      .selectAll()
      .where("order_uuid", "in", [...upTo.keys()])
      .orderBy("version")
      .execute();
    const records = orders.flatMap((order) => {
      const lines = history.filter((line) => line.order_uuid === order.orderUuid);
      const untoldLines = lines.filter(({ version }) => version <= (upTo.get(order.orderUuid) ?? 0));
      return eventsOf({ order, changes: untoldLines.map((line) => changeOf(order, line)) });
    });
    await writeOutbox(trx, records);
    await trx
      .deleteFrom("untold_order")
      .where("order_uuid", "in", [...upTo.keys()])
      .execute();
    return upTo.size;
  });
}

/** A change that the first version of this service could make: it had one payment at most, and the order still shows it. */
function changeOf(
  order: Order,
  { version, to_status: to, from_status, cause, occurred_at: occurredAt }: HistoryRow,
): Change {
  const line = { version, ...(from_status !== null && { from: from_status }), to, occurredAt };
  const { paymentMethod, transactionUuid } = order;
  if (cause === "CREATED" || cause === "CANCEL_REQUESTED") return { ...line, cause };
  if (cause === "PAY_REQUESTED" && paymentMethod !== undefined) return { ...line, cause, paymentMethod };
  if (cause === "PAYMENT_CONFIRMED" && paymentMethod !== undefined && transactionUuid !== undefined)
    return { ...line, cause, paymentMethod, transactionUuid };
  throw new TypeError(`version ${version} of order ${order.orderUuid} was told when it happened`);
}
