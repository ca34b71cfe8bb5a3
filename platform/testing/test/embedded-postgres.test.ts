import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { eventually, startEmbeddedPostgres, tempDir, testDatabase } from "../src/index.ts";

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("an embedded PostgreSQL", () => {
  test("keeps its data from one start to the next, also below a folder nobody else may enter", async () => {
    await using home = await tempDir();
    await chmod(home.path, 0o700);
    const directory = join(home.path, "clone", "data");
    {
      await using postgres = await startEmbeddedPostgres({ directory, durable: true });
      const url = await postgres.createDatabase("shop");
      await query(url, "CREATE TABLE kept AS SELECT generate_series(1, 20000) AS n; CHECKPOINT");
    }
    await using postgres = await startEmbeddedPostgres({ directory, durable: true });
    expect(await query(postgres.url("shop"), "SELECT count(*)::int AS n FROM kept")).toEqual([{ n: 20_000 }]);
  });

  test("recovers by itself when one of its backends is killed", async () => {
    await using postgres = await startEmbeddedPostgres();
    const [row] = await query(postgres.url("postgres"), "SELECT 1 AS n");
    expect(row).toEqual({ n: 1 });
    const client = new pg.Client({ connectionString: postgres.url("postgres") });
    client.on("error", () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    process.kill(rows[0]?.pid ?? 0, "SIGKILL");
    await eventually(() => query(postgres.url("postgres"), "SELECT 1 AS n"));
    await client.end().catch(() => {});
  });

  test("starts after its server was killed, over the pid file that it left", async () => {
    await using home = await tempDir();
    const directory = join(home.path, "data");
    const first = await startEmbeddedPostgres({ directory });
    await query(first.url("postgres"), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const pidFile = join(directory, "postmaster.pid");
    const rest = (await readFile(pidFile, "utf8")).split("\n").slice(1);
    // The worst case: the old pid now belongs to a stranger, here to this test.
    await writeFile(pidFile, [String(process.pid), ...rest].join("\n"));

    await using second = await startEmbeddedPostgres({ directory });
    expect(await query(second.url("postgres"), "SELECT n FROM kept")).toEqual([{ n: 7 }]);
  });

  test("refuses a directory that another server runs on", async () => {
    await using home = await tempDir();
    const directory = join(home.path, "data");
    await using running = await startEmbeddedPostgres({ directory });
    await expect(startEmbeddedPostgres({ directory, waitMs: 100 })).rejects.toThrow(
      `another PostgreSQL (pid ${running.pid})`,
    );
  });

  test("refuses the directory of another PostgreSQL version", async () => {
    await using home = await tempDir();
    await writeFile(join(home.path, "PG_VERSION"), "17\n");
    await expect(startEmbeddedPostgres({ directory: home.path })).rejects.toThrow("PostgreSQL 17, not 18");
  });

  test("leaves a folder with other files alone", async () => {
    await using home = await tempDir();
    const directory = join(home.path, "mine");
    await mkdir(directory);
    await writeFile(join(directory, "thesis.txt"), "years of work");
    await expect(startEmbeddedPostgres({ directory })).rejects.toThrow();
    expect(await readFile(join(directory, "thesis.txt"), "utf8")).toBe("years of work");
  });

  test("says why a server did not start", async () => {
    await using other = await startEmbeddedPostgres();
    await expect(startEmbeddedPostgres({ port: other.port })).rejects.toThrow("could not bind");
  });

  test("lets nobody in without the password", async () => {
    await using postgres = await startEmbeddedPostgres();
    const url = new URL(postgres.url("postgres"));
    url.password = "guessed";
    await expect(query(url.href, "SELECT 1")).rejects.toThrow("password authentication failed");
  });

  test("makes a database once, however often and however concurrently it is asked", async () => {
    await using postgres = await startEmbeddedPostgres();
    const urls = await Promise.all([1, 2, 3].map(() => postgres.createDatabase("orders")));
    expect(new Set(urls).size).toBe(1);
    await postgres.createDatabase("orders");
  });

  test("deletes the directory it made, and stops a second time without complaint", async () => {
    const postgres = await startEmbeddedPostgres();
    const [row] = await query(postgres.url("postgres"), "SELECT 1 AS n");
    expect(row).toEqual({ n: 1 });
    await postgres.stop();
    await postgres.stop();
    await expect(query(postgres.url("postgres"), "SELECT 1")).rejects.toThrow("ECONNREFUSED");
  });

  test("keeps the password where only its owner can read it", async () => {
    await using home = await tempDir();
    const directory = join(home.path, "data");
    await using postgres = await startEmbeddedPostgres({ directory });
    expect(new URL(postgres.url("x")).password).toBe(await readFile(join(directory, "gantry-password"), "utf8"));
    expect((await stat(join(directory, "gantry-password"))).mode & 0o077).toBe(0);
  });
});

test("a test database is empty and nobody else's", async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  await query(one.url, "CREATE TABLE mine (n int)");
  await expect(query(two.url, "SELECT * FROM mine")).rejects.toThrow("does not exist");
});
