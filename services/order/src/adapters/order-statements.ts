import type { Uuid } from "@gantry/kernel";
import { type RawBuilder, sql } from "kysely";
import type { KeyedRequest } from "../app/ports.ts";
import type { Change, Decision, Order } from "../domain/order.ts";
import { type OrderSnapshot, toSnapshot } from "./order-tables.ts";

interface Done {
  readonly done: boolean;
}

/** How long a request waits for another one that holds the same key. */
const LOCK_TIMEOUT = "500ms";

/**
 * Order, lines, history and key in one statement: one round trip, and all or nothing without a transaction block. When the
 * key is taken no row of `claim` comes back and the rest inserts nothing.
 */
export function insertOrder({ order, changes }: Decision, request: KeyedRequest | undefined): RawBuilder<Done> {
  return sql<Done>`
    WITH limits AS MATERIALIZED (SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true)),
    claim AS (${request === undefined ? sql`SELECT 1 FROM limits` : claimWithAnswer(order, request)}),
    new_order AS (
      INSERT INTO orders (order_uuid, user_uuid, status, version, total_minor, currency, created_at, updated_at)
      SELECT ${order.orderUuid}::uuid, ${order.userUuid}::uuid, ${order.status}, ${order.version}::int,
             ${order.total.minor}::bigint, ${order.total.currency}, ${order.createdAt}::timestamptz, ${order.updatedAt}::timestamptz
      FROM claim
      RETURNING order_uuid
    ),
    new_items AS (
      INSERT INTO order_items (order_uuid, position, part_uuid, name, quantity, unit_price_minor)
      SELECT order_uuid, position, part_uuid, name, quantity, unit_price_minor
      FROM new_order, ${unnestItems(order)}
    ),
    new_history AS (
      INSERT INTO order_history (order_uuid, version, from_status, to_status, cause, occurred_at)
      SELECT order_uuid, version, from_status, to_status, cause, occurred_at
      FROM new_order, ${unnestChanges(changes)}
    )
    SELECT EXISTS (SELECT FROM new_order) AS done`;
}

/**
 * The only way an order changes: guarded by the version and the status the decision was made on. A change to PAID answers
 * every claim on the order.
 */
export function saveChange(
  order: Order,
  change: Change,
  paymentGraceMs: number,
  request: KeyedRequest | undefined,
): RawBuilder<Done> {
  return sql<Done>`
    WITH limits AS MATERIALIZED (SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true)),
    saved AS (
      UPDATE orders
      SET status = ${order.status}, version = ${order.version}::int, payment_method = ${order.paymentMethod ?? null},
          transaction_uuid = ${order.transactionUuid ?? null}::uuid, updated_at = ${order.updatedAt}::timestamptz,
          payment_due_at = ${order.status === "PAYING" ? dueIn(paymentGraceMs) : sql`NULL`}
      FROM limits
      WHERE order_uuid = ${order.orderUuid}::uuid AND version = ${change.version - 1}::int AND status = ${change.from ?? null}
      RETURNING order_uuid
    ),
    new_history AS (
      INSERT INTO order_history (order_uuid, version, from_status, to_status, cause, occurred_at)
      SELECT order_uuid, version, from_status, to_status, cause, occurred_at
      FROM saved, ${unnestChanges([change])}
    ),
    claim AS (${request === undefined ? sql`SELECT` : claimFrom(sql`saved`, order.orderUuid, request)}),
    answered AS (${order.transactionUuid === undefined ? sql`SELECT` : answerClaims(order)})
    SELECT EXISTS (SELECT FROM saved) AS done`;
}

/** Notes that `request` waits for the order's payment, begun by another request. */
export const saveClaim = (order: Order, request: KeyedRequest): RawBuilder<unknown> =>
  claimFrom(sql`(SELECT 1) AS always`, order.orderUuid, request);

export const dueIn = (ms: number): RawBuilder<Date> =>
  sql<Date>`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;

/** A key that has expired is taken over as if it were new. */
function claimWithAnswer(order: Order, request: KeyedRequest): RawBuilder<unknown> {
  return sql`
    INSERT INTO idempotency (user_uuid, operation, key, fingerprint, order_uuid, answer)
    SELECT ${request.userUuid}::uuid, ${request.operation}, ${request.key}, ${request.fingerprint}, ${order.orderUuid}::uuid,
           ${json(toSnapshot(order))}
    FROM limits
    ON CONFLICT (user_uuid, operation, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, order_uuid = excluded.order_uuid, answer = excluded.answer, expires_at = excluded.expires_at
    WHERE idempotency.expires_at <= clock_timestamp()
    RETURNING 1`;
}

const claimFrom = (source: RawBuilder<unknown>, orderUuid: Uuid, request: KeyedRequest): RawBuilder<unknown> => sql`
    INSERT INTO idempotency (user_uuid, operation, key, fingerprint, order_uuid)
    SELECT ${request.userUuid}::uuid, ${request.operation}, ${request.key}, ${request.fingerprint}, ${orderUuid}::uuid
    FROM ${source}
    ON CONFLICT (user_uuid, operation, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, order_uuid = excluded.order_uuid, answer = NULL, expires_at = excluded.expires_at
    WHERE idempotency.expires_at <= clock_timestamp()`;

const answerClaims = (order: Order): RawBuilder<unknown> => sql`
    UPDATE idempotency SET answer = ${json(toSnapshot(order))}
    FROM saved
    WHERE idempotency.order_uuid = saved.order_uuid AND idempotency.operation = 'payOrder' AND idempotency.answer IS NULL`;

const json = (snapshot: OrderSnapshot): RawBuilder<unknown> => sql`${JSON.stringify(snapshot)}::jsonb`;

function unnestItems({ items }: Order): RawBuilder<unknown> {
  return sql`unnest(
      ${items.map((_, position) => position)}::smallint[], ${items.map((item) => item.partUuid)}::uuid[],
      ${items.map((item) => item.name)}::text[], ${items.map((item) => item.quantity)}::int[],
      ${items.map((item) => item.unitPrice.minor)}::bigint[]
    ) AS item (position, part_uuid, name, quantity, unit_price_minor)`;
}

function unnestChanges(changes: readonly Change[]): RawBuilder<unknown> {
  return sql`unnest(
      ${changes.map((change) => change.version)}::int[], ${changes.map((change) => change.from ?? null)}::text[],
      ${changes.map((change) => change.to)}::text[], ${changes.map((change) => change.cause)}::text[],
      ${changes.map((change) => change.occurredAt)}::timestamptz[]
    ) AS change (version, from_status, to_status, cause, occurred_at)`;
}
