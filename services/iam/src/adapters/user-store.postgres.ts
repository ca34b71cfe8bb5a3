import type { Failpoints } from "@gantry/failpoints";
import type { Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import { type Kysely, sql, type Transaction } from "kysely";
import { jsonArrayFrom } from "kysely/helpers/postgres";
import type { Credentials, NewUser, PasswordChange, UserStore } from "../app/ports.ts";
import { loginTaken } from "../domain/iam-errors.ts";
import type { NotificationMethod, User } from "../domain/user.ts";
import type { IamTables } from "./iam-tables.ts";

export class PostgresUserStore implements UserStore {
  readonly #postgres: Postgres<IamTables>;
  readonly #failpoints: Failpoints;

  constructor(postgres: Postgres<IamTables>, failpoints: Failpoints) {
    this.#postgres = postgres;
    this.#failpoints = failpoints;
  }

  async add({ userUuid, login, email, passwordHash, notificationMethods, createdAt }: NewUser): Promise<void> {
    await this.#postgres.transaction(async (trx) => {
      const made = await trx
        .insertInto("users")
        .values({
          user_uuid: userUuid,
          login,
          email,
          password_hash: passwordHash,
          created_at: createdAt,
          updated_at: createdAt,
        })
        .onConflict((conflict) => conflict.column("login").doNothing())
        .returning("user_uuid")
        .executeTakeFirst();
      if (made === undefined) throw loginTaken();
      await insertMethods(trx, userUuid, notificationMethods);
    });
  }

  find(userUuid: Uuid): Promise<User | undefined> {
    return findUser(this.#postgres.db, userUuid);
  }

  credentialsOf(login: string): Promise<Credentials | undefined> {
    return this.#credentials().where("login", "=", login).executeTakeFirst();
  }

  credentialsOfUser(userUuid: Uuid): Promise<Credentials | undefined> {
    return this.#credentials().where("user_uuid", "=", userUuid).executeTakeFirst();
  }

  setNotificationMethods(userUuid: Uuid, methods: readonly NotificationMethod[], at: Date): Promise<User | undefined> {
    return this.#postgres.transaction(async (trx) => {
      // The row is locked by this, so that two callers do not mix their lists.
      const { numUpdatedRows } = await trx
        .updateTable("users")
        .set({ updated_at: at })
        .where("user_uuid", "=", userUuid)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return undefined;
      await trx.deleteFrom("notification_method").where("user_uuid", "=", userUuid).execute();
      await insertMethods(trx, userUuid, methods);
      return findUser(trx, userUuid);
    });
  }

  async changePassword({ userUuid, passwordHash, session, at }: PasswordChange): Promise<number | undefined> {
    const changed = await this.#postgres.transaction(async (trx) => {
      const row = await trx
        .updateTable("users")
        .set({ password_hash: passwordHash, session_epoch: session.epoch + 1, updated_at: at })
        .where("user_uuid", "=", userUuid)
        .where("session_epoch", "=", session.epoch)
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom("ended_session").select("until").where("session_uuid", "=", session.sessionUuid))),
        )
        .returning("session_epoch")
        .executeTakeFirst();
      await this.#failpoints.hit("iam.password.before_commit");
      return row;
    });
    await this.#failpoints.hit("iam.password.after_commit");
    return changed?.session_epoch;
  }

  async rehash(userUuid: Uuid, from: string, to: string): Promise<void> {
    await this.#postgres.db
      .updateTable("users")
      .set({ password_hash: to })
      .where("user_uuid", "=", userUuid)
      .where("password_hash", "=", from)
      .execute();
  }

  #credentials() {
    return this.#postgres.db
      .selectFrom("users")
      .select(["user_uuid as userUuid", "login", "password_hash as passwordHash", "session_epoch as epoch"]);
  }
}

async function insertMethods(
  trx: Transaction<IamTables>,
  userUuid: Uuid,
  methods: readonly NotificationMethod[],
): Promise<void> {
  if (methods.length === 0) return;
  const rows = methods.map(({ provider, contact }, index) => ({
    user_uuid: userUuid,
    provider,
    contact,
    position: index + 1,
  }));
  await trx.insertInto("notification_method").values(rows).execute();
}

async function findUser(db: Kysely<IamTables>, userUuid: Uuid): Promise<User | undefined> {
  return db
    .selectFrom("users")
    .select([
      "user_uuid as userUuid",
      "login",
      "email",
      "created_at as createdAt",
      "updated_at as updatedAt",
      jsonArrayFrom(
        db
          .selectFrom("notification_method")
          .select(["provider", "contact"])
          .whereRef("notification_method.user_uuid", "=", sql.ref("users.user_uuid"))
          .orderBy("position"),
      ).as("notificationMethods"),
    ])
    .where("user_uuid", "=", userUuid)
    .executeTakeFirst();
}
