import { uuidv7 } from "@gantry/kernel";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PostgresOrderQueries } from "../src/adapters/order-queries.postgres.ts";
import { PostgresOrderStore } from "../src/adapters/order-store.postgres.ts";
import type { OrderDatabase } from "../src/adapters/order-tables.ts";
import { confirmPayment, startPayment } from "../src/domain/order.ts";
import { aNewOrder, aRequest } from "./builders.ts";
import { orderStoreContract } from "./order-store.contract.ts";

let postgres: Postgres<OrderDatabase>;
let store: PostgresOrderStore;
let queries: PostgresOrderQueries;

beforeAll(async () => {
  const { url } = await testDatabase();
  await migrate({ url, directory: new URL("../migrations/", import.meta.url), logger });
  postgres = createPostgres({ url, applicationName: "order-test", logger });
  store = new PostgresOrderStore({ postgres, paymentGraceMs: 0 });
  queries = new PostgresOrderQueries(postgres);
});

afterAll(() => postgres.close());

describe("the PostgreSQL order store", () => {
  orderStoreContract(async () => ({ store, history: (orderUuid) => queries.history(orderUuid) }));

  test("takes over a key that has expired", async () => {
    const request = aRequest();
    await store.insert(aNewOrder(), request);
    await sql`UPDATE idempotency SET expires_at = clock_timestamp() - interval '1 second' WHERE key = ${request.key}`.execute(
      postgres.db,
    );
    expect(await store.findAnswer(request)).toBeUndefined();
    expect(await store.insert(aNewOrder(), { ...request, fingerprint: "other" })).toBe(true);
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
    const leased = new PostgresOrderStore({ postgres, paymentGraceMs: 60_000 });
    const { order } = aNewOrder();
    await store.insert({ order, changes: [] });
    await store.update(order.orderUuid, (current) => startPayment(current, "CARD", new Date()));
    const claims = await Promise.all([leased.claimUnfinishedPayments(10), leased.claimUnfinishedPayments(10)]);
    const mine = claims.flat().filter(({ orderUuid }) => orderUuid === order.orderUuid);
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatchObject({ status: "PAYING", paymentMethod: "CARD" });
    await store.update(order.orderUuid, (current) => confirmPayment(current, uuidv7(), new Date()));
    expect(await store.claimUnfinishedPayments(10)).toEqual([]);
  });

  test("refuses a transaction that pays two orders", async () => {
    const transactionUuid = uuidv7();
    const pay = async (): Promise<void> => {
      const { order } = aNewOrder();
      await store.insert({ order, changes: [] });
      await store.update(order.orderUuid, (current) => startPayment(current, "CARD", new Date()));
      await store.update(order.orderUuid, (current) => confirmPayment(current, transactionUuid, new Date()));
    };
    await pay();
    await expect(pay()).rejects.toMatchObject({ kind: "already_exists" });
  });
});

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
    await store.update(paying, (order) => startPayment(order, "CARD", new Date()));
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
