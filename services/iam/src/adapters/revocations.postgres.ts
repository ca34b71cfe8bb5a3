import type { Failpoints } from "@gantry/failpoints";
import type { Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import type { Revocations, StoredSession } from "../app/ports.ts";
import type { IamTables } from "./iam-tables.ts";

export class PostgresRevocations implements Revocations {
  readonly #postgres: Postgres<IamTables>;
  readonly #failpoints: Failpoints;

  constructor(postgres: Postgres<IamTables>, failpoints: Failpoints) {
    this.#postgres = postgres;
    this.#failpoints = failpoints;
  }

  async endAll(userUuid: Uuid): Promise<boolean> {
    const ended = await this.#postgres.transaction(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable("users")
        .set(({ eb }) => ({ session_epoch: eb("session_epoch", "+", 1) }))
        .where("user_uuid", "=", userUuid)
        .executeTakeFirst();
      await this.#failpoints.hit("iam.epoch.before_commit");
      return numUpdatedRows === 1n;
    });
    await this.#failpoints.hit("iam.epoch.after_commit");
    return ended;
  }

  async end(sessionUuid: Uuid, until: Date): Promise<void> {
    await this.#postgres.db
      .insertInto("ended_session")
      .values({ session_uuid: sessionUuid, until })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await this.#failpoints.hit("iam.logout.after_commit");
  }

  async unrevoked(sessions: readonly StoredSession[]): Promise<ReadonlySet<Uuid>> {
    const { rows } = await sql<{ session_uuid: Uuid }>`
      select given.session_uuid
      from unnest(
        ${sessions.map(({ sessionUuid }) => sessionUuid)}::uuid[],
        ${sessions.map(({ userUuid }) => userUuid)}::uuid[],
        ${sessions.map(({ epoch }) => epoch)}::int[]
      ) as given (session_uuid, user_uuid, epoch)
      join users on users.user_uuid = given.user_uuid and users.session_epoch = given.epoch
      where not exists (select from ended_session where ended_session.session_uuid = given.session_uuid)`.execute(
      this.#postgres.db,
    );
    return new Set(rows.map(({ session_uuid }) => session_uuid));
  }
}
