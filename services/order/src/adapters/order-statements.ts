import type { Uuid } from "@gantry/kernel";
import { insertOutbox } from "@gantry/postgres";
import { type RawBuilder, sql } from "kysely";
import type { KeyedRequest } from "../app/ports.ts";
import type { Change } from "../domain/change.ts";
import type { Decision, Draft, Order } from "../domain/order.ts";
import { eventsOf } from "./order-events.ts";
import { draftSnapshot, toSnapshot } from "./order-tables.ts";

/** How long orders may wait, in milliseconds on the database's clock. */
export interface Waits {
  /** From its creation until an order can no longer be paid. */
  readonly paymentTimeoutMs: number;
  /** How long a payment may take before the sweeper takes over, and how long it is then left to one replica. */
  readonly paymentGraceMs: number;
}

/** How long a request waits for another one that holds the same key. */
const LOCK_TIMEOUT = "500ms";

/**
 * Order, lines, history, events and key in one statement: one round trip, and all or nothing without a transaction block. When
 * the key is taken no row of `claim` comes back and the rest inserts nothing.
 */
export function insertOrder(
  decision: Decision<Draft>,
  { paymentTimeoutMs, paymentGraceMs }: Waits,
  request: KeyedRequest | undefined,
): RawBuilder<{ readonly expires_at: Date }> {
  const { order, changes } = decision;
  return sql`
    WITH limits AS MATERIALIZED (${limitsOf(request)}),
    deadline AS MATERIALIZED (SELECT date_trunc('milliseconds', ${dueIn(paymentTimeoutMs)}) AS expires_at FROM limits),
    claim AS (${request === undefined ? sql`SELECT FROM deadline` : claimWithAnswer(order, request)}),
    new_order AS (
      INSERT INTO orders (order_uuid, user_uuid, status, version, total_minor, currency, payment_method, created_at, updated_at,
                          expires_at, sweep_at)
      SELECT ${order.orderUuid}::uuid, ${order.userUuid}::uuid, ${order.status}, ${order.version}::int,
             ${order.total.minor}::bigint, ${order.total.currency}, ${order.paymentMethod ?? null},
             ${order.createdAt}::timestamptz, ${order.updatedAt}::timestamptz, expires_at, ${sweepAt(order, paymentGraceMs)}
      FROM claim, deadline
      RETURNING order_uuid, expires_at
    ),
    new_items AS (
      INSERT INTO order_items (order_uuid, position, part_uuid, name, quantity, unit_price_minor)
      SELECT order_uuid, position, part_uuid, name, quantity, unit_price_minor
      FROM new_order, ${unnestItems(order)}
    ),
    new_history AS (${insertHistory(changes, sql`new_order`)}),
    new_events AS (${insertOutbox(eventsOf(decision), sql`new_order`)})
    SELECT expires_at FROM new_order`;
}

/**
 * The only way an order changes: guarded by the version and the status the decision was made on, and when it begins a payment
 * by the deadline too. A change to PAID answers every claim on the order; another end of its payment gives them up.
 */
export function saveChange(
  decision: Decision & { readonly changes: readonly [Change] },
  { paymentGraceMs }: Waits,
  request: KeyedRequest | undefined,
): RawBuilder<{ readonly done: boolean }> {
  const { order, changes } = decision;
  const [change] = changes;
  return sql`
    WITH limits AS MATERIALIZED (${limitsOf(request)}),
    saved AS (
      UPDATE orders
      SET status = ${order.status}, version = ${order.version}::int, payment_method = ${order.paymentMethod ?? null},
          payment_failure = ${order.paymentFailure ?? null}, cancel_reason = ${order.cancelReason ?? null},
          transaction_uuid = ${order.transactionUuid ?? null}::uuid, updated_at = ${order.updatedAt}::timestamptz,
          sweep_at = ${sweepAt(order, paymentGraceMs)}
      FROM limits
      WHERE order_uuid = ${order.orderUuid}::uuid AND version = ${change.version - 1}::int AND status = ${change.from ?? null}
        ${order.status === "PAYING" ? sql`AND expires_at > clock_timestamp()` : sql``}
      RETURNING order_uuid
    ),
    new_history AS (${insertHistory(changes, sql`saved`)}),
    new_events AS (${insertOutbox(eventsOf(decision), sql`saved`)}),
    claim AS (${request === undefined ? sql`SELECT` : claimFrom(sql`saved`, order.orderUuid, request)}),
    claims AS (${change.from === "PAYING" ? endClaims(order) : sql`SELECT`})
    SELECT EXISTS (SELECT FROM saved) AS done`;
}

/** Notes that `request` waits for the order's payment, begun by another request. */
export const saveClaim = (order: Order, request: KeyedRequest): RawBuilder<unknown> =>
  claimFrom(sql`(SELECT 1) AS always`, order.orderUuid, request);

export const dueIn = (ms: number): RawBuilder<Date> =>
  sql<Date>`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;

/** Only for a request: the limit would stay with a transaction that does other things, too. */
const limitsOf = (request: KeyedRequest | undefined): RawBuilder<unknown> =>
  request === undefined ? sql`SELECT` : sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;

/**
 * When the sweeper has to look. A payment by wallet is left to the events until the deadline: payment has a timer of its own,
 * and its answer may be late but is never lost.
 */
function sweepAt({ status, paymentMethod }: Draft, graceMs: number): RawBuilder<unknown> {
  if (status === "PENDING_PAYMENT") return sql`expires_at`;
  if (status !== "PAYING") return sql`NULL`;
  return paymentMethod === "WALLET" ? sql`expires_at + ${graceMs}::float8 * interval '1 millisecond'` : dueIn(graceMs);
}

/** A key that has expired is taken over as if it were new. */
function claimWithAnswer(order: Draft, request: KeyedRequest): RawBuilder<unknown> {
  return sql`
    INSERT INTO idempotency (user_uuid, operation, key, fingerprint, order_uuid, answer)
    SELECT ${request.userUuid}::uuid, ${request.operation}, ${request.key}, ${request.fingerprint}, ${order.orderUuid}::uuid,
           jsonb_set(${json(draftSnapshot(order))}, '{order,expires_at}', to_jsonb(expires_at))
    FROM deadline
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

const endClaims = (order: Order): RawBuilder<unknown> =>
  order.transactionUuid === undefined
    ? sql`DELETE FROM idempotency USING saved WHERE ${waiting}`
    : sql`UPDATE idempotency SET answer = ${json(toSnapshot(order))} FROM saved WHERE ${waiting}`;

const waiting = sql`
  idempotency.order_uuid = saved.order_uuid AND idempotency.operation = 'payOrder' AND idempotency.answer IS NULL`;

const json = (snapshot: object): RawBuilder<unknown> => sql`${JSON.stringify(snapshot)}::jsonb`;

function unnestItems({ items }: Draft): RawBuilder<unknown> {
  return sql`unnest(
      ${items.map((_, position) => position)}::smallint[], ${items.map((item) => item.partUuid)}::uuid[],
      ${items.map((item) => item.name)}::text[], ${items.map((item) => item.quantity)}::int[],
      ${items.map((item) => item.unitPrice.minor)}::bigint[]
    ) AS item (position, part_uuid, name, quantity, unit_price_minor)`;
}

function insertHistory(changes: readonly Change[], from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    INSERT INTO order_history (order_uuid, version, from_status, to_status, cause, payment_failure, occurred_at)
    SELECT order_uuid, version, from_status, to_status, cause, payment_failure, occurred_at
    FROM ${from}, unnest(
      ${changes.map((change) => change.version)}::int[], ${changes.map((change) => change.from ?? null)}::text[],
      ${changes.map((change) => change.to)}::text[], ${changes.map((change) => change.cause)}::text[],
      ${changes.map((change) => ("paymentFailure" in change ? change.paymentFailure : null))}::text[],
      ${changes.map((change) => change.occurredAt)}::timestamptz[]
    ) AS change (version, from_status, to_status, cause, payment_failure, occurred_at)`;
}
