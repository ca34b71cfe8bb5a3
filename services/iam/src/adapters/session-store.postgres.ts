import type { Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { Selectable } from "kysely";
import type { SessionStore, StoredSession } from "../app/ports.ts";
import type { IamTables } from "./iam-tables.ts";

/** A use is written down when the last one that was is older than this. */
const SEEN_GRAIN_MS = 60_000;

export class PostgresSessionStore implements SessionStore {
  readonly #postgres: Postgres<IamTables>;
  readonly #idleMs: number;

  /** @param idleMs how long a session lives without being used */
  constructor(postgres: Postgres<IamTables>, idleMs: number) {
    this.#postgres = postgres;
    this.#idleMs = idleMs;
  }

  async begin(session: StoredSession): Promise<void> {
    await this.#postgres.db.insertInto("session").values(toRow(session)).execute();
  }

  async use(tokenHash: string, at: Date): Promise<StoredSession | undefined> {
    const row = await this.#live(at).where("token_hash", "=", tokenHash).executeTakeFirst();
    if (row === undefined) return undefined;
    if (at.getTime() - row.last_seen_at.getTime() < this.#grainMs) return fromRow(row);
    await this.#seen(row.session_uuid, at);
    return fromRow({ ...row, last_seen_at: at });
  }

  async find(sessionUuids: readonly string[], at: Date): Promise<readonly StoredSession[]> {
    if (sessionUuids.length === 0) return [];
    const rows = await this.#live(at)
      .where(({ eb, fn, val }) => eb("session_uuid", "=", fn.any(val(sessionUuids))))
      .execute();
    return rows.map(fromRow);
  }

  async end(sessionUuid: string): Promise<void> {
    await this.#postgres.db.deleteFrom("session").where("session_uuid", "=", sessionUuid).execute();
  }

  async endAll(userUuid: string, at: Date, except?: string): Promise<number> {
    const ended = await this.#postgres.db
      .deleteFrom("session")
      .where("user_uuid", "=", userUuid)
      .$if(except !== undefined, (query) => query.where("session_uuid", "!=", except ?? ""))
      .returning(["expires_at", "last_seen_at"])
      .execute();
    return ended.filter((row) => this.#isLive(row, at)).length;
  }

  async moveToEpoch(sessionUuid: string, epoch: number): Promise<void> {
    await this.#postgres.db
      .updateTable("session")
      .set({ epoch })
      .where("session_uuid", "=", sessionUuid)
      .where("epoch", "<", epoch)
      .execute();
  }

  /** Short idle times need finer grains, or a session in use would seem idle. */
  get #grainMs(): number {
    return Math.min(SEEN_GRAIN_MS, this.#idleMs / 4);
  }

  #live(at: Date) {
    return this.#postgres.db
      .selectFrom("session")
      .selectAll()
      .where("expires_at", ">", at)
      .where("last_seen_at", ">", this.#idleSince(at));
  }

  #isLive({ expires_at, last_seen_at }: Pick<Row, "expires_at" | "last_seen_at">, at: Date): boolean {
    return expires_at > at && last_seen_at > this.#idleSince(at);
  }

  /** What was last used then, or before, is over. */
  #idleSince(at: Date): Date {
    return new Date(at.getTime() - this.#idleMs);
  }

  async #seen(sessionUuid: Uuid, at: Date): Promise<void> {
    await this.#postgres.db
      .updateTable("session")
      .set({ last_seen_at: at })
      .where("session_uuid", "=", sessionUuid)
      .where("last_seen_at", "<", at)
      .execute();
  }
}

type Row = Selectable<IamTables["session"]>;

const toRow = (session: StoredSession): Row => ({
  session_uuid: session.sessionUuid,
  user_uuid: session.userUuid,
  token_hash: session.tokenHash,
  epoch: session.epoch,
  created_at: session.createdAt,
  expires_at: session.expiresAt,
  last_seen_at: session.lastSeenAt,
});

const fromRow = (row: Row): StoredSession => ({
  sessionUuid: row.session_uuid,
  userUuid: row.user_uuid,
  tokenHash: row.token_hash,
  epoch: row.epoch,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastSeenAt: row.last_seen_at,
});
