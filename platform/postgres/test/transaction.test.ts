import { AppError } from "@gantry/kernel";
import type { Transaction } from "kysely";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { aPostgres, meetingPoint, type Tables, withDoctors } from "./fixture.ts";

const onCall = async (trx: Transaction<Tables>): Promise<number> =>
  (await trx.selectFrom("doctor").select("name").where("on_call", "=", true).execute()).length;

const leave = (trx: Transaction<Tables>, name: string) =>
  trx.updateTable("doctor").set({ on_call: false }).where("name", "=", name).execute();

describe("a transaction", () => {
  test("runs again after a serialization failure, and both outcomes fit one after the other", async () => {
    const postgres = await withDoctors(await aPostgres());
    const bothHaveLooked = meetingPoint(2);
    let runs = 0;
    const goHome = (name: string) =>
      postgres.transaction(
        async (trx) => {
          runs++;
          const others = (await onCall(trx)) - 1;
          await bothHaveLooked();
          if (others > 0) await leave(trx, name);
          return others > 0;
        },
        { isolation: "serializable" },
      );
    const left = await Promise.all([goHome("ada"), goHome("bob")]);
    expect(left.toSorted()).toEqual([false, true]);
    expect(runs).toBe(3);
    expect(await postgres.db.selectFrom("doctor").select("name").where("on_call", "=", true).execute()).toHaveLength(1);
  });

  test("runs again after a deadlock", async () => {
    const postgres = await withDoctors(await aPostgres());
    const bothHoldOne = meetingPoint(2);
    const take = (first: string, second: string) =>
      postgres.transaction(async (trx) => {
        await leave(trx, first);
        await bothHoldOne();
        await leave(trx, second);
      });
    await Promise.all([take("ada", "bob"), take("bob", "ada")]);
    expect(await postgres.transaction(onCall)).toBe(0);
  });

  test("gives up after the given number of attempts and says conflict", async () => {
    const postgres = await withDoctors(await aPostgres());
    let runs = 0;
    const attempt = postgres.transaction(
      async (trx) => {
        runs++;
        await onCall(trx);
        await postgres.transaction((other) => leave(other, "bob"));
        await leave(trx, "bob");
      },
      { isolation: "repeatable read", attempts: 2 },
    );
    await expect(attempt).rejects.toMatchObject({ kind: "conflict", reason: "CONCURRENT_UPDATE" });
    expect(runs).toBe(2);
  });

  test("runs once and leaves nothing behind when its function throws", async () => {
    const postgres = await withDoctors(await aPostgres());
    const refusal = new AppError({ kind: "failed_precondition", reason: "NO", message: "No." });
    let runs = 0;
    const attempt = postgres.transaction(async (trx) => {
      runs++;
      await leave(trx, "ada");
      throw refusal;
    });
    await expect(attempt).rejects.toBe(refusal);
    expect(runs).toBe(1);
    expect(await postgres.transaction(onCall)).toBe(2);
  });

  test("fails when its function swallowed a database error, for nothing of it was kept", async () => {
    const postgres = await withDoctors(await aPostgres());
    const attempt = postgres.transaction(async (trx) => {
      await leave(trx, "ada");
      await sql`select nonsense`.execute(trx).catch(() => undefined);
    });
    await expect(attempt).rejects.toMatchObject({ kind: "internal", reason: "TRANSACTION_ABORTED" });
    expect(await postgres.transaction(onCall)).toBe(2);
  });

  test("waits for a lock no longer than the lock limit", async () => {
    const postgres = await withDoctors(await aPostgres({ lockTimeoutMs: 50 }));
    await postgres.transaction(async (holder) => {
      await leave(holder, "ada");
      const waiter = postgres.transaction((trx) => leave(trx, "ada"));
      await expect(waiter).rejects.toMatchObject({ kind: "conflict", reason: "LOCK_TIMEOUT" });
    });
  });

  test("is ended by the server when a statement takes too long, and its connection goes on", async () => {
    const postgres = await aPostgres({ statementTimeoutMs: 60, maxConnections: 1 });
    const attempt = postgres.transaction((trx) => sql`select pg_sleep(30)`.execute(trx));
    await expect(attempt).rejects.toMatchObject({ kind: "timeout", meta: { sqlState: "57014" } });
    await sql`select 1`.execute(postgres.db);
  });

  test("is ended by the server when its function forgets it, and releases its locks", async () => {
    const postgres = await withDoctors(await aPostgres({ idleInTransactionTimeoutMs: 500 }));
    const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const forgetful = postgres.transaction(async (trx) => {
      await leave(trx, "ada");
      locked.resolve();
      await released.promise;
      await leave(trx, "bob");
    });
    await locked.promise;
    await postgres.transaction((trx) => leave(trx, "ada"));
    released.resolve();
    await expect(forgetful).rejects.toMatchObject({ kind: expect.stringMatching(/timeout|unavailable/) });
  });

  test("is read committed unless it asks for more", async () => {
    const postgres = await aPostgres();
    const isolation = (trx: Transaction<Tables>) =>
      sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(trx);
    expect((await postgres.transaction(isolation)).rows).toEqual([{ level: "read committed" }]);
    const strict = await postgres.transaction(isolation, { isolation: "serializable" });
    expect(strict.rows).toEqual([{ level: "serializable" }]);
  });

  test("leaves no setting behind on its connection", async () => {
    const postgres = await aPostgres({ statementTimeoutMs: 777, maxConnections: 1 });
    const show = sql<{ statement_timeout: string }>`show statement_timeout`;
    const inside = await postgres.transaction((trx) => show.execute(trx));
    const after = await show.execute(postgres.db);
    expect([inside.rows[0], after.rows[0]]).toEqual([{ statement_timeout: "777ms" }, { statement_timeout: "0" }]);
  });
});
