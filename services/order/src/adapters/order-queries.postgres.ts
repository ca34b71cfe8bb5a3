import { type CursorKeys, decodeCursor, encodeCursor, isUuid, type Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import type { HistoryEntry, ListQuery, OrderPage, OrderQueries } from "../app/ports.ts";
import type { Order } from "../domain/order.ts";
import { rowsToOrders, selectOrders } from "./order-rows.ts";
import type { OrderDatabase } from "./order-tables.ts";

/** As many changes as the contract shows; of more, the latest. */
const MAX_HISTORY = 1000;

type Position = readonly [createdAt: string, orderUuid: Uuid];

/** Reads straight from the tables. */
export class PostgresOrderQueries implements OrderQueries {
  readonly #db: Postgres<OrderDatabase>["db"];

  constructor(postgres: Postgres<OrderDatabase>) {
    this.#db = postgres.db;
  }

  async list({ userUuid, statuses, pageSize, pageToken }: ListQuery): Promise<OrderPage> {
    let query = selectOrders(this.#db)
      .where("user_uuid", "=", userUuid)
      .orderBy("created_at", "desc")
      .orderBy("order_uuid", "desc")
      .limit(pageSize + 1);
    if (statuses.length > 0) query = query.where("status", "in", statuses);
    if (pageToken !== undefined) {
      const [createdAt, orderUuid] = decodeCursor(pageToken, isPosition);
      query = query.where(sql<boolean>`(created_at, order_uuid) < (${createdAt}::timestamptz, ${orderUuid}::uuid)`);
    }
    const orders = rowsToOrders(await query.execute());
    return toPage(orders, pageSize);
  }

  async history(orderUuid: Uuid): Promise<readonly HistoryEntry[]> {
    const rows = await this.#db
      .selectFrom("order_history")
      .selectAll()
      .where("order_uuid", "=", orderUuid)
      .orderBy("version", "desc")
      .limit(MAX_HISTORY)
      .execute();
    return rows.toReversed().map((row) => ({
      version: row.version,
      ...(row.from_status !== null && { from: row.from_status }),
      to: row.to_status,
      cause: row.cause,
      ...(row.payment_failure !== null && { paymentFailure: row.payment_failure }),
      occurredAt: row.occurred_at,
    }));
  }
}

function toPage(orders: readonly Order[], pageSize: number): OrderPage {
  const page = orders.slice(0, pageSize);
  const last = page.at(-1);
  if (orders.length <= pageSize || last === undefined) return { orders: page };
  return { orders: page, nextPageToken: encodeCursor([last.createdAt.toISOString(), last.orderUuid]) };
}

function isPosition(keys: CursorKeys): keys is Position {
  const [createdAt, orderUuid, ...more] = keys;
  return (
    typeof createdAt === "string" &&
    isInstant(createdAt) &&
    typeof orderUuid === "string" &&
    isUuid(orderUuid) &&
    more.length === 0
  );
}

const isInstant = (text: string): boolean => {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString() === text;
};
