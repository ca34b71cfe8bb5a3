import { testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { aPostgres } from "./fixture.ts";

const prepared = async (postgres: Awaited<ReturnType<typeof aPostgres>>): Promise<number> => {
  const { rows } = await sql<{
    count: bigint;
  }>`select count(*) from pg_prepared_statements where statement like 'select * from thing%'`.execute(postgres.db);
  return Number(rows[0]?.count);
};

async function aThing(settings: { readonly preparedStatements?: boolean } = {}) {
  const { url } = await testDatabase();
  const postgres = await aPostgres({ url, maxConnections: 1, ...settings });
  await sql`create table thing (id int)`.execute(postgres.db);
  await sql`insert into thing values (1)`.execute(postgres.db);
  const read = (db = postgres.db) => sql`select * from thing where id = ${1}`.execute(db);
  const addColumn = () => sql`alter table thing add column name text default 'new'`.execute(postgres.db);
  return { postgres, read, addColumn };
}

test("a statement is planned once however often it runs", async () => {
  const { postgres, read } = await aThing();
  await read();
  await read();
  expect(await prepared(postgres)).toBe(1);
});

test("nothing is prepared when the pooler could not follow it", async () => {
  const { postgres, read } = await aThing({ preparedStatements: false });
  await read();
  expect(await prepared(postgres)).toBe(0);
});

test("a statement outlives a migration that changes its columns", async () => {
  const { read, addColumn } = await aThing();
  await read();
  await addColumn();
  expect((await read()).rows).toEqual([{ id: 1, name: "new" }]);
  expect((await read()).rows).toEqual([{ id: 1, name: "new" }]);
});

test("a transaction outlives a migration that changes the columns of its statements", async () => {
  const { postgres, read, addColumn } = await aThing();
  await read();
  await addColumn();
  const { rows } = await postgres.transaction((trx) => read(trx));
  expect(rows).toEqual([{ id: 1, name: "new" }]);
});
