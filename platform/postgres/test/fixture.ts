import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll } from "vitest";
import { createPostgres, type Postgres, type PostgresOptions } from "../src/index.ts";

/** Two people and who of them is on call: the classic write skew. */
export interface Tables {
  readonly doctor: { readonly name: string; readonly on_call: boolean };
}

/** A Postgres on a new database, closed after the file. */
export async function aPostgres(options: Partial<PostgresOptions> = {}): Promise<Postgres<Tables>> {
  const url = options.url ?? (await testDatabase()).url;
  const postgres = createPostgres<Tables>({ applicationName: "test", logger: silentLogger, ...options, url });
  afterAll(() => postgres.close());
  return postgres;
}

export async function withDoctors(postgres: Postgres<Tables>): Promise<Postgres<Tables>> {
  await sql`create table doctor (name text primary key, on_call boolean not null)`.execute(postgres.db);
  await postgres.db
    .insertInto("doctor")
    .values(["ada", "bob"].map((name) => ({ name, on_call: true })))
    .execute();
  return postgres;
}

/** A door that lets all through once `count` stand before it. Someone who comes later passes. */
export function meetingPoint(count: number): () => Promise<void> {
  let missing = count;
  const { promise, resolve } = Promise.withResolvers<void>();
  return () => {
    if (--missing <= 0) resolve();
    return promise;
  };
}
