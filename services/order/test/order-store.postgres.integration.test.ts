import { uuidv7 } from "@gantry/kernel";
import { createPostgres, inboxTables, migrate, outboxTables, type Postgres } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PostgresOrderQueries } from "../src/adapters/order-queries.postgres.ts";
import { PostgresOrderStore } from "../src/adapters/order-store.postgres.ts";
import type { OrderDatabase } from "../src/adapters/order-tables.ts";
import {
  confirmPayment,
  type Decision,
  type Draft,
  expireOrder,
  startPayment,
  unchanged,
} from "../src/domain/order.ts";
import { finishOf } from "../src/domain/unfinished.ts";
import { aNewOrder, anItem, aRequest } from "./builders.ts";
import { orderStoreContract } from "./order-store.contract.ts";

let postgres: Postgres<OrderDatabase>;
let store: PostgresOrderStore;
let queries: PostgresOrderQueries;

beforeAll(async () => {
  const { url } = await testDatabase();
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ url, directory, logger, libraries: [outboxTables, inboxTables] });
  postgres = createPostgres({ url, applicationName: "order-test", logger });
  store = storeWith({});
  queries = new PostgresOrderQueries(postgres);
});

afterAll(() => postgres.close());

const storeWith = ({
  paymentTimeoutMs = 60_000,
  paymentGraceMs = 0,
  onChanged = (_: Decision<Draft>): void => undefined,
}) => new PostgresOrderStore({ db: postgres.db, waits: { paymentTimeoutMs, paymentGraceMs }, onChanged });

const inserted = async (from = store, decision = aNewOrder()): Promise<string> => {
  await from.insert(decision);
  return decision.order.orderUuid;
};

describe("the PostgreSQL order store", () => {
  orderStoreContract(async (paymentTimeoutMs) => ({
    store: storeWith({ paymentTimeoutMs }),
    history: (orderUuid) => queries.history(orderUuid),
    events: async (orderUuid) => {
      const rows = await postgres.db
        .selectFrom("outbox")
        .selectAll()
        .where("aggregate_id", "=", orderUuid)
        .orderBy("id")
        .execute();
      return rows.map((row) => ({
        ...row,
        eventId: row.event_id,
        key: row.aggregate_id,
        version: row.aggregate_version,
      }));
    },
  }));

  test("takes over a key that has expired", async () => {
    const request = aRequest();
    await store.insert(aNewOrder(), request);
    await sql`UPDATE idempotency SET expires_at = clock_timestamp() - interval '1 second' WHERE key = ${request.key}`.execute(
      postgres.db,
    );
    expect(await store.findAnswer(request)).toBeUndefined();
    expect(await store.insert(aNewOrder(), { ...request, fingerprint: "other" })).toBeDefined();
    expect((await store.findAnswer(request))?.fingerprint).toBe("other");
  });

  test("forgets expired keys and no others", async () => {
    const [expired, valid] = [aRequest(), aRequest()];
    await store.insert(aNewOrder(), expired);
    await store.insert(aNewOrder(), valid);
    await sql`UPDATE idempotency SET expires_at = clock_timestamp() WHERE key = ${expired.key}`.execute(postgres.db);
    expect(await store.forgetExpiredKeys(100)).toBe(1);
    expect(await store.findAnswer(valid)).toBeDefined();
  });

  test("says that a key is in use when another transaction holds it for long", async () => {
    const request = aRequest();
    await postgres.transaction(async (holder) => {
      await sql`INSERT INTO idempotency (user_uuid, operation, key, fingerprint, order_uuid)
                VALUES (${request.userUuid}::uuid, ${request.operation}, ${request.key}, 'held', ${uuidv7()}::uuid)`.execute(
        holder,
      );
      await expect(store.insert(aNewOrder(), request)).rejects.toMatchObject({
        reason: "IDEMPOTENCY_KEY_IN_USE",
        retryAfterSec: 1,
      });
    });
  });

  test("hands each unfinished payment to one sweeper until the lease ends", async () => {
    const leased = storeWith({ paymentGraceMs: 60_000 });
    const orderUuid = await inserted();
    await store.update(orderUuid, (current, now) => startPayment(current, "CARD", now));
    const claims = await Promise.all([leased.claimUnfinished(1000), leased.claimUnfinished(1000)]);
    const mine = claims.flatMap(({ orders }) => orders).filter((order) => order.orderUuid === orderUuid);
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatchObject({ status: "PAYING", paymentMethod: "CARD" });
    await store.update(orderUuid, (current, now) => confirmPayment(current, uuidv7(), now));
    const { orders } = await store.claimUnfinished(1000);
    expect(orders.map((order) => order.orderUuid)).not.toContain(orderUuid);
  });

  test("leaves a payment by wallet alone until its deadline and its grace are over", async () => {
    const orderUuid = await inserted(storeWith({ paymentTimeoutMs: 60_000 }), aNewOrder({ payWith: "WALLET" }));
    const { orders } = await store.claimUnfinished(1000);
    expect(orders.map((order) => order.orderUuid)).not.toContain(orderUuid);
    await sql`UPDATE orders SET sweep_at = sweep_at - interval '1 minute' WHERE order_uuid = ${orderUuid}`.execute(
      postgres.db,
    );
    const later = await store.claimUnfinished(1000);
    expect(later.orders.map((order) => order.orderUuid)).toContain(orderUuid);
  });

  test("knows when the next order is due", async () => {
    await store.claimUnfinished(1000);
    await postgres.db
      .updateTable("orders")
      .set({ sweep_at: null, status: "FAILED", payment_failure: null })
      .where("sweep_at", "is not", null)
      .execute();
    expect(await store.nextUnfinishedInMs()).toBeUndefined();
    await inserted(storeWith({ paymentTimeoutMs: 60_000 }));
    expect(await store.nextUnfinishedInMs()).toBeGreaterThan(50_000);
    expect(await store.nextUnfinishedInMs()).toBeLessThanOrEqual(60_000);
  });

  test("tells of each change once, and of none when there was none", async () => {
    const told: string[] = [];
    const telling = storeWith({ onChanged: ({ changes }) => void told.push(...changes.map(({ cause }) => cause)) });
    const request = aRequest();
    const { order } = aNewOrder();
    await telling.insert(aNewOrder({ orderUuid: order.orderUuid, payWith: "WALLET" }), request);
    await telling.insert(aNewOrder(), request);
    await telling.update(order.orderUuid, (current) => ({ order: current, changes: [] }));
    await telling.update(order.orderUuid, (current, now) => confirmPayment(current, uuidv7(), now));
    expect(told).toEqual(["CREATED", "PAY_REQUESTED", "PAYMENT_CONFIRMED"]);
  });

  test("refuses a transaction that pays two orders, and tells nothing of the second", async () => {
    const transactionUuid = uuidv7();
    const pay = async (orderUuid: string): Promise<void> => {
      await store.update(orderUuid, (current, now) => startPayment(current, "CARD", now));
      await store.update(orderUuid, (current, now) => confirmPayment(current, transactionUuid, now));
    };
    const second = await inserted();
    await pay(await inserted());
    await expect(pay(second)).rejects.toMatchObject({ kind: "already_exists" });
    const told = await postgres.db.selectFrom("outbox").select("type").where("aggregate_id", "=", second).execute();
    expect(told.map(({ type }) => type)).toEqual([
      "gantry.order.v1.OrderCreated",
      "gantry.order.v1.OrderPaymentRequested",
    ]);
  });

  test("refuses an order that cannot be told, and keeps nothing of it", async () => {
    const decision = aNewOrder({ items: [anItem({ name: "x".repeat(201) })] });
    await expect(store.insert(decision)).rejects.toMatchObject({ reason: "EVENT_INVALID" });
    expect(await store.find(decision.order.orderUuid)).toBeUndefined();
  });

  test("keeps the deadline also when it passes between the decision and its saving", async () => {
    const orderUuid = await inserted(storeWith({ paymentTimeoutMs: 0 }));
    const momentBefore = new Date(0);
    await expect(store.update(orderUuid, (order) => startPayment(order, "CARD", momentBefore))).rejects.toMatchObject({
      reason: "ORDER_CHANGED",
    });
    expect((await store.find(orderUuid))?.status).toBe("PENDING_PAYMENT");
  });

  test("leaves no limit behind in a transaction of somebody else", async () => {
    const orderUuid = await inserted();
    await postgres.transaction(async (db) => {
      const limit = () => sql<{ lock_timeout: string }>`SHOW lock_timeout`.execute(db).then(({ rows }) => rows);
      const before = await limit();
      const inside = new PostgresOrderStore({
        db,
        waits: { paymentTimeoutMs: 0, paymentGraceMs: 0 },
        onChanged: () => undefined,
      });
      await inside.update(orderUuid, (order, now) => startPayment(order, "CARD", now));
      expect(await limit()).toEqual(before);
    });
  });

  test("lets a payment or the deadline win, a hundred times at the last moment, never both", async () => {
    const orders = await Promise.all(Array.from({ length: 100 }, () => inserted()));
    await sql`UPDATE orders SET expires_at = clock_timestamp() + CASE WHEN place <= 10 THEN interval '-1 second'
                WHEN place > 90 THEN interval '1 hour' ELSE (place - 10) * interval '500 microseconds' END
              FROM unnest(${orders}::uuid[]) WITH ORDINALITY AS late (order_uuid, place)
              WHERE orders.order_uuid = late.order_uuid`.execute(postgres.db);
    const pays = orders.map((orderUuid) =>
      store
        .update(orderUuid, (order, now) => startPayment(order, "CARD", now))
        .then(
          () => "paid",
          (error) => error.reason,
        ),
    );
    await Promise.all(orders.map(untilDecided));
    const answers = await Promise.all(pays);
    for (const [index, orderUuid] of orders.entries()) {
      const status = (await store.find(orderUuid))?.status;
      const history = (await queries.history(orderUuid)).map(({ to }) => to);
      const told = await postgres.db
        .selectFrom("outbox")
        .select("type")
        .where("aggregate_id", "=", orderUuid)
        .execute();
      expect([answers[index], status, history.length, told.length]).toEqual(
        answers[index] === "paid" ? ["paid", "PAYING", 2, 2] : ["ORDER_EXPIRED", "CANCELLED", 2, 2],
      );
    }
    expect(new Set(answers)).toEqual(new Set(["paid", "ORDER_EXPIRED"]));
  });
});

/** Expires the order as soon as it may, unless somebody pays it. */
async function untilDecided(orderUuid: string): Promise<void> {
  const { status } = await store.update(orderUuid, (order, now) =>
    finishOf(order, now) === "expire" ? expireOrder(order, now) : unchanged(order),
  );
  if (status === "PENDING_PAYMENT") await untilDecided(orderUuid);
}

describe("the listing", () => {
  const insert = async (userUuid: string, minute: number): Promise<string> => {
    const decision = aNewOrder({ userUuid, at: new Date(Date.UTC(2026, 10, 2, 10, minute)) });
    await store.insert(decision);
    return decision.order.orderUuid;
  };

  test("pages through a person's own orders, newest first, without gap or repeat", async () => {
    const userUuid = uuidv7();
    await insert(uuidv7(), 1);
    const oldestFirst = [
      await insert(userUuid, 1),
      await insert(userUuid, 2),
      await insert(userUuid, 2),
      await insert(userUuid, 3),
    ];
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await queries.list({ userUuid, statuses: [], pageSize: 2, ...(pageToken && { pageToken }) });
      seen.push(...page.orders.map((order) => order.orderUuid));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(seen.toSorted()).toEqual(oldestFirst.toSorted());
    expect([seen[0], seen[3]]).toEqual([oldestFirst[3], oldestFirst[0]]);
  });

  test("keeps to the states asked for", async () => {
    const userUuid = uuidv7();
    const paying = await insert(userUuid, 1);
    await insert(userUuid, 2);
    await store.update(paying, (order, now) => startPayment(order, "CARD", now));
    const page = await queries.list({ userUuid, statuses: ["PAYING", "PAID"], pageSize: 10 });
    expect(page.orders.map((order) => order.orderUuid)).toEqual([paying]);
    expect(page.nextPageToken).toBeUndefined();
  });

  test.each(["", "!!", "WyJ4Il0", Buffer.from('["1","x"]').toString("base64url")])(
    "refuses the token %j",
    async (pageToken) => {
      await expect(queries.list({ userUuid: uuidv7(), statuses: [], pageSize: 1, pageToken })).rejects.toMatchObject({
        reason: "INVALID_CURSOR",
      });
    },
  );
});
