import type { Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import type { Retention } from "../app/ports.ts";
import type { IamTables } from "./iam-tables.ts";

/** Small enough that nobody waits for it. */
const BATCH = 500;

/** Deletes sessions that are over, log-outs that no session needs any more, and failures that are forgotten. */
export class PostgresRetention implements Retention {
  readonly #postgres: Postgres<IamTables>;

  constructor(postgres: Postgres<IamTables>) {
    this.#postgres = postgres;
  }

  async sweep(at: Date): Promise<number> {
    const statements = [
      sql`delete from session where session_uuid in (
        select session_uuid from session where expires_at <= ${at} limit ${BATCH} for update skip locked)`,
      sql`delete from ended_session where session_uuid in (
        select session_uuid from ended_session where until <= ${at} limit ${BATCH} for update skip locked)`,
      sql`delete from throttle where (scope, key) in (
        select scope, key from throttle where empty_at <= ${at} limit ${BATCH} for update skip locked)`,
    ];
    let gone = 0;
    for (const statement of statements) {
      const { numAffectedRows = 0n } = await statement.execute(this.#postgres.db);
      gone += Number(numAffectedRows);
    }
    return gone;
  }
}
