import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Order } from "../domain/order.ts";
import { type ItemSnapshot, type OrderDatabase, toOrder } from "./order-tables.ts";

const items = sql<readonly ItemSnapshot[]>`(
  SELECT json_agg(json_build_object('part_uuid', i.part_uuid, 'name', i.name, 'quantity', i.quantity,
                                    'unit_price_minor', i.unit_price_minor::text) ORDER BY i.position)
  FROM order_items i WHERE i.order_uuid = orders.order_uuid)`;

/** Orders with their lines in one query; narrow it with `where`, then hand the rows to {@link rowsToOrders}. */
export const selectOrders = (db: Kysely<OrderDatabase>) =>
  db.selectFrom("orders").selectAll().select(items.as("items"));

/** The same with the database's clock, by which deadlines are kept. */
export const selectOrdersNow = (db: Kysely<OrderDatabase>) =>
  selectOrders(db).select(sql<Date>`clock_timestamp()`.as("now"));

type Row = Awaited<ReturnType<ReturnType<typeof selectOrders>["execute"]>>[number];

export const rowsToOrders = (rows: readonly Row[]): readonly Order[] => rows.map((row) => toOrder(row, row.items));
