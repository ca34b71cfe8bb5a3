import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { aPostgres, withDoctors } from "./fixture.ts";

describe("values and errors of the database", () => {
  test("an int8 is a bigint both ways, a timestamptz a Date", async () => {
    const postgres = await aPostgres();
    const { rows } = await sql`
      select ${9007199254740993n}::bigint as exact, 2::int as small, '2026-01-02T03:04:05.678Z'::timestamptz as at,
        count(*) as rows from pg_class where false`.execute(postgres.db);
    expect(rows).toEqual([{ exact: 9007199254740993n, small: 2, at: new Date("2026-01-02T03:04:05.678Z"), rows: 0n }]);
  });

  test("says how many rows a statement changed", async () => {
    const { db } = await withDoctors(await aPostgres());
    const [result] = await db.updateTable("doctor").set({ on_call: false }).execute();
    expect(result?.numUpdatedRows).toBe(2n);
  });

  test("a broken unique constraint is already_exists and names the constraint", async () => {
    const { db } = await withDoctors(await aPostgres());
    const error = await db
      .insertInto("doctor")
      .values({ name: "ada", on_call: true })
      .execute()
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ kind: "already_exists", meta: { constraint: "doctor_pkey", table: "doctor" } });
  });

  test("a broken statement is internal and its text stays inside", async () => {
    const { db } = await aPostgres();
    const error = await sql`select secret_column from nowhere`.execute(db).catch((e: unknown) => e);
    expect(error).toMatchObject({
      kind: "internal",
      reason: "INTERNAL",
      message: expect.not.stringContaining("nowhere"),
    });
  });
});
