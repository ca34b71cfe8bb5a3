import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { events } from "@gantry/gen/events/registry";
import { uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { createPostgres, inboxTables, migrate, outboxTables, type Postgres } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { tempDir, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PostgresOrderStore } from "../src/adapters/order-store.postgres.ts";
import type { OrderDatabase } from "../src/adapters/order-tables.ts";
import { tellUntoldOrders } from "../src/adapters/untold-orders.postgres.ts";
import type { KeyedRequest } from "../src/app/ports.ts";
import { startPayment } from "../src/domain/order.ts";
import type { OrderStatus } from "../src/domain/transitions.ts";
import { aRequest } from "./builders.ts";

const directory = new URL("../migrations/", import.meta.url);
const codec = createEventCodec(events);
const at = "2026-01-02T03:04:05.678Z";
const transactionUuid = uuidv7();

/** Orders as the first version of the schema holds them. */
const orders = Object.fromEntries(
  (["PENDING_PAYMENT", "PAYING", "PAID", "CANCELLED"] as const).map((status) => [status, uuidv7()]),
);
const request: KeyedRequest = aRequest();
let postgres: Postgres<OrderDatabase>;
let store: PostgresOrderStore;

beforeAll(async () => {
  const { url } = await testDatabase();
  postgres = createPostgres({ url, applicationName: "migrations-test", logger });
  const { path } = await tempDir("order-migrations");
  const first = "0001_create_orders.sql";
  await copyFile(new URL(first, directory), join(path, first));
  await migrate({ url, directory: pathToFileURL(`${path}/`), logger });
  for (const [status, orderUuid] of Object.entries(orders)) await insertOld(orderUuid, status as OrderStatus);
  await migrate({ url, directory, logger, libraries: [outboxTables, inboxTables] });
  store = new PostgresOrderStore({
    db: postgres.db,
    waits: { paymentTimeoutMs: 600_000, paymentGraceMs: 15_000 },
    onChanged: () => undefined,
  });
});
afterAll(() => postgres.close());

const histories: Partial<Record<OrderStatus, readonly string[]>> = {
  PENDING_PAYMENT: ["CREATED PENDING_PAYMENT"],
  PAYING: ["CREATED PENDING_PAYMENT", "PAY_REQUESTED PAYING"],
  PAID: ["CREATED PENDING_PAYMENT", "PAY_REQUESTED PAYING", "PAYMENT_CONFIRMED PAID"],
  CANCELLED: ["CREATED PENDING_PAYMENT", "CANCEL_REQUESTED CANCELLED"],
};

async function insertOld(orderUuid: string, status: OrderStatus): Promise<void> {
  const lines = histories[status] ?? [];
  const paid = status === "PAID" ? transactionUuid : null;
  const method = lines.length > 1 && status !== "CANCELLED" ? "CARD" : null;
  const due = status === "PAYING" ? at : null;
  await sql`INSERT INTO orders VALUES (${orderUuid}, ${request.userUuid}, ${status}, ${lines.length}, 700, 'USD', ${method},
              ${paid}, ${at}, ${at}, ${due})`.execute(postgres.db);
  await sql`INSERT INTO order_items VALUES (${orderUuid}, 0, ${uuidv7()}, 'Delta wing', 1, 700)`.execute(postgres.db);
  for (const [index, line] of lines.entries()) {
    const [cause, to] = line.split(" ");
    await sql`INSERT INTO order_history VALUES (${orderUuid}, ${index + 1}, NULL, ${to}, ${cause}, ${at})`.execute(
      postgres.db,
    );
  }
  if (status !== "PENDING_PAYMENT") return;
  const order = {
    order: {
      order_uuid: orderUuid,
      user_uuid: request.userUuid,
      status,
      version: 1,
      total_minor: "700",
      currency: "USD",
      payment_method: null,
      transaction_uuid: null,
      created_at: at,
      updated_at: at,
    },
    items: [],
  };
  await sql`INSERT INTO idempotency (user_uuid, operation, key, fingerprint, order_uuid, answer)
            VALUES (${request.userUuid}, 'createOrder', ${request.key}, 'same', ${orderUuid}, ${JSON.stringify(order)}::jsonb)`.execute(
    postgres.db,
  );
}

const find = (status: keyof typeof orders) => store.find(orders[status] ?? "");

describe("orders from before there were deadlines", () => {
  test.each(["PENDING_PAYMENT", "PAYING"])("%s ones get the whole time again", async (status) => {
    const remainingMs = ((await find(status))?.expiresAt.getTime() ?? 0) - Date.now();
    expect(remainingMs).toBeGreaterThan(300_000);
    expect(remainingMs).toBeLessThan(601_000);
  });

  test("those that are over had ten minutes, and who cancelled did so on request", async () => {
    expect((await find("PAID"))?.expiresAt).toEqual(new Date("2026-01-02T03:14:05.678Z"));
    expect((await find("CANCELLED"))?.cancelReason).toBe("REQUESTED");
  });

  test("the payment that nobody finished is taken up at once, the unpaid one is left alone", async () => {
    const claimed = await store.claimUnfinished(10);
    expect(claimed.orders.map(({ orderUuid }) => orderUuid)).toEqual([orders.PAYING]);
  });

  test("a kept answer can still be given", async () => {
    const kept = await store.findAnswer(request);
    expect(kept?.order).toMatchObject({
      status: "PENDING_PAYMENT",
      expiresAt: (await find("PENDING_PAYMENT"))?.expiresAt,
    });
  });
});

describe("orders from before there were events", () => {
  test("are told about once, each version of them", async () => {
    await store.update(orders.PENDING_PAYMENT ?? "", (order, now) => startPayment(order, "WALLET", now));
    const told = await Promise.all([tellUntoldOrders(postgres, 3), tellUntoldOrders(postgres, 3)]);
    expect(told[0] + told[1] + (await tellUntoldOrders(postgres, 3))).toBe(4);
    const rows = await postgres.db.selectFrom("outbox").selectAll().orderBy("aggregate_version").execute();
    const seen = Object.entries(orders).map(([status, orderUuid]) => [
      status,
      rows.filter((row) => row.aggregate_id === orderUuid).map((row) => row.type.replace("gantry.order.v1.Order", "")),
    ]);
    expect(Object.fromEntries(seen)).toEqual({
      PENDING_PAYMENT: ["Created", "PaymentRequested"],
      PAYING: ["Created", "PaymentRequested"],
      PAID: ["Created", "PaymentRequested", "Paid"],
      CANCELLED: ["Created", "Cancelled"],
    });
    const paid = rows.find((row) => row.type.endsWith("OrderPaid"));
    expect(paid && codec.decode({ ...paid, eventId: paid.event_id, key: paid.aggregate_id, version: 3 })).toMatchObject(
      {
        transactionUuid,
        total: { minor: 700n, currency: "USD" },
      },
    );
  });
});
