import { eventually, freePort, startEmbeddedPostgres, tempDir, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import type { Postgres } from "../src/index.ts";
import { aPostgres, type Tables } from "./fixture.ts";

const backend = async (postgres: Pick<Postgres<Tables>, "db">): Promise<number> => {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(postgres.db);
  return rows[0]?.pid ?? 0;
};

const kill = (killer: Postgres<Tables>, pid: number) => sql`select pg_terminate_backend(${pid})`.execute(killer.db);

describe("the pool", () => {
  test("outlives the loss of an idle connection", async () => {
    const { url } = await testDatabase();
    const [postgres, killer] = [await aPostgres({ url, maxConnections: 1 }), await aPostgres({ url })];
    const before = await backend(postgres);
    await kill(killer, before);
    expect(await eventually(() => backend(postgres))).not.toBe(before);
  });

  test("outlives the loss of a connection while a statement runs, which fails as unavailable", async () => {
    const { url } = await testDatabase();
    const [postgres, killer] = [await aPostgres({ url, maxConnections: 1 }), await aPostgres({ url })];
    const before = await backend(postgres);
    const running = expect(sql`select pg_sleep(30)`.execute(postgres.db)).rejects.toMatchObject({
      kind: "unavailable",
      reason: "DATABASE_UNAVAILABLE",
    });
    await eventually(
      async () =>
        (
          await sql`select from pg_stat_activity where query like '%pg_sleep(30)%' and pid = ${before}`.execute(
            killer.db,
          )
        ).rows.length === 1,
    );
    await kill(killer, before);
    await running;
    expect(await backend(postgres)).not.toBe(before);
  });

  test("outlives the loss of a connection between two statements of a transaction", async () => {
    const { url } = await testDatabase();
    const [postgres, killer] = [await aPostgres({ url, maxConnections: 1 }), await aPostgres({ url })];
    const attempt = postgres.transaction(async (trx) => {
      await kill(killer, await backend({ db: trx }));
      await eventually(
        async () =>
          (
            await sql`select from pg_stat_activity where application_name = 'test' and state = 'idle in transaction'`.execute(
              killer.db,
            )
          ).rows.length === 0,
      );
      await backend({ db: trx });
    });
    await expect(attempt).rejects.toMatchObject({ kind: "unavailable" });
    expect(await backend(postgres)).toBeGreaterThan(0);
  });

  test("outlives a restart of the server", async () => {
    const directory = await tempDir("restart-");
    afterAll(() => directory.remove());
    const port = await freePort();
    const first = await startEmbeddedPostgres({ directory: directory.path, port });
    const postgres = await aPostgres({ url: await first.createDatabase("app"), maxConnections: 3 });
    await Promise.all([backend(postgres), backend(postgres), backend(postgres)]);
    await postgres.check();

    await first.stop();
    await expect(backend(postgres)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(postgres.check()).rejects.toMatchObject({ kind: "unavailable" });

    await using _again = await startEmbeddedPostgres({ directory: directory.path, port });
    await postgres.check();
    expect(await backend(postgres)).toBeGreaterThan(0);
    await postgres.close();
  });

  test("gives up a server that stopped answering, and takes it back when it answers again", async () => {
    await using frozen = await startEmbeddedPostgres();
    const postgres = await aPostgres({
      url: frozen.url("postgres"),
      maxConnections: 1,
      statementTimeoutMs: 100,
      connectTimeoutMs: 500,
    });
    const before = await backend(postgres);
    process.kill(before, "SIGSTOP");
    await expect(backend(postgres)).rejects.toMatchObject({ kind: "timeout" });
    expect(await backend(postgres)).not.toBe(before); // a new connection, not a second wait on the silent one
    process.kill(before, "SIGCONT");
    await postgres.close();
  });

  test("says unavailable when no connection gets free in time, while check still answers", async () => {
    const postgres = await aPostgres({ maxConnections: 1, connectTimeoutMs: 500 });
    await postgres.transaction(async () => {
      await expect(backend(postgres)).rejects.toMatchObject({ kind: "unavailable" });
      await postgres.check();
    });
  });

  test("says unavailable to what comes after close", async () => {
    const postgres = await aPostgres();
    await backend(postgres);
    await Promise.all([postgres.close(), postgres.close()]);
    await expect(postgres.transaction(async () => 1)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(postgres.check()).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("waits for a running transaction when it closes", async () => {
    const postgres = await aPostgres();
    const begun = Promise.withResolvers<void>();
    const running = postgres.transaction(async (trx) => {
      await backend({ db: trx });
      begun.resolve();
      return sql`select pg_sleep(0.1)`.execute(trx);
    });
    await begun.promise;
    await postgres.close();
    await expect(running).resolves.toBeDefined();
  });
});
