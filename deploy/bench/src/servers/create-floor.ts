import { uuidv7 } from "@gantry/kernel";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import pg from "pg";
import { postgresUrl } from "../config.ts";
import { announce } from "./listening.ts";

interface CreateBody {
  readonly items: readonly { readonly part_uuid: string; readonly quantity: number }[];
}

const price = 1_250_000;
const pool = new pg.Pool({ connectionString: postgresUrl(), max: 16 });

/** The rows of one order in one prepared statement: nothing is checked, looked up or answered from them. */
const insert = `
  WITH claim AS (
    INSERT INTO idempotency (user_uuid, operation, key, fingerprint, order_uuid, answer)
    VALUES ($2, 'createOrder', $3, 'none', $1, '{}') ON CONFLICT DO NOTHING RETURNING 1
  ), new_order AS (
    INSERT INTO orders (order_uuid, user_uuid, status, version, total_minor, currency, created_at, updated_at, expires_at, sweep_at)
    SELECT $1, $2, 'PENDING_PAYMENT', 1, $4, 'USD', now(), now(), now() + interval '10 minutes', now() + interval '10 minutes'
    FROM claim
  ), new_items AS (
    INSERT INTO order_items (order_uuid, position, part_uuid, name, quantity, unit_price_minor)
    SELECT $1, item.position, item.part_uuid, 'Vulcan main engine', item.quantity, ${price}
    FROM claim, unnest($5::uuid[], $6::int[]) WITH ORDINALITY AS item (part_uuid, quantity, position)
  ), told AS (
    INSERT INTO outbox (event_id, topic, aggregate_id, aggregate_version, type, payload, headers)
    SELECT $1, 'order.events.v1', $1, 1, 'gantry.order.v1.OrderCreated', $6, '{}' FROM claim
  )
  INSERT INTO order_history (order_uuid, version, to_status, cause, occurred_at)
  SELECT $1, 1, 'PENDING_PAYMENT', 'CREATED', now() FROM claim`;

/** About as many bytes as the event of such an order has. */
const payload = Buffer.alloc(250);

const app = new Hono();
app.post("/api/v1/orders", async (context) => {
  const { items } = await context.req.json<CreateBody>();
  const orderUuid = uuidv7();
  const total = items.reduce((sum, { quantity }) => sum + quantity * price, 0);
  const [uuids, quantities] = [items.map((item) => item.part_uuid), items.map((item) => item.quantity)];
  await pool.query({
    name: "insert",
    text: insert,
    values: [orderUuid, uuidv7(), context.req.header("idempotency-key"), total, uuids, quantities, payload],
  });
  return context.json(
    { order_uuid: orderUuid, status: "PENDING_PAYMENT", items, total: { minor: total, currency: "USD" } },
    201,
  );
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => announce(port));
