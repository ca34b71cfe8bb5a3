import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { Client, DatabaseError } from "pg";
import { type Migration, readMigrations } from "./migration-files.ts";
import { type AppliedMigration, nextMigration } from "./migration-history.ts";
import type { MigrationLibrary } from "./migration-library.ts";
import { translatePostgresError } from "./translate-postgres-error.ts";

/** Which database to bring up to date, and with what. */
export interface MigrateOptions {
  readonly url: string;
  /** A folder of `NNNN_name.sql` files, numbered from 0001 without a gap. The URL ends with a slash. */
  readonly directory: URL;
  readonly logger: Logger;
  /** Tables of the platform, for example {@link outboxTables}. They come first: the service's own may refer to them. */
  readonly libraries?: readonly MigrationLibrary[];
}

/** Files and the table that remembers them. */
interface Track {
  readonly history: string;
  /** Stands before a migration's name in logs and answers. */
  readonly prefix: string;
  readonly migrations: readonly Migration[];
}

/** Any constant will do that nothing else in the same database uses: "gantry" in ASCII. */
const LOCK_KEY = "113668162613881";

const historyTable = (name: string): string => `
  create table if not exists ${name} (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
  )`;

/**
 * Applies the migrations that a database does not have yet, in order, each file in a transaction of its own. There is no
 * way back: a mistake is mended by the next file.
 *
 * Safe to run from any number of replicas at once, also through a pooler: each step holds a lock until its transaction ends,
 * so that one applies and the others wait, look again and find it done. Applied already: nothing happens.
 *
 * @returns the names of the migrations that this call applied, those of a library as `<library>/<name>`; each is logged too
 * @throws AppError `failed_precondition` MIGRATION_EDITED, MIGRATION_MISSING, MIGRATION_UNKNOWN (the database is newer than
 * this version), MIGRATION_NAME_INVALID or MIGRATION_FAILED (a statement was refused: that file left nothing behind);
 * `unavailable` when the database cannot be reached
 */
export async function migrate({ url, directory, logger, libraries = [] }: MigrateOptions): Promise<readonly string[]> {
  const tracks = await Promise.all([...libraries.map(trackOf), ownTrack(directory)]);
  const client = new Client({ connectionString: url, application_name: "gantry migrate", keepAlive: true });
  client.on("error", (error) => logger.warn({ error }, "database connection lost while migrating"));
  try {
    await client.connect();
    const done: string[] = [];
    for (const track of tracks) done.push(...(await applyAll(client, track, logger)));
    return done;
  } catch (error) {
    throw translatePostgresError(error);
  } finally {
    await client.end();
  }
}

const ownTrack = async (directory: URL): Promise<Track> => ({
  history: "gantry_migration",
  prefix: "",
  migrations: await readMigrations(directory),
});

async function trackOf({ name, directory }: MigrationLibrary): Promise<Track> {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) throw badLibrary(name);
  return { history: `gantry_migration_${name}`, prefix: `${name}/`, migrations: await readMigrations(directory) };
}

async function applyAll(client: Client, track: Track, logger: Logger): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const start = performance.now();
    const migration = await locked(client, () => applyNext(client, track));
    if (migration === undefined) return done;
    const durationMs = Math.round(performance.now() - start);
    const name = track.prefix + migration.name;
    logger.info({ migration: name, duration_ms: durationMs }, "migration applied");
    done.push(name);
  }
}

/** One transaction under the lock. The lock belongs to the transaction, not to the session: poolers share sessions. */
async function locked<T>(client: Client, step: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    await client.query(`select pg_advisory_xact_lock(${LOCK_KEY})`);
    const result = await step();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function applyNext(client: Client, { history, migrations }: Track): Promise<Migration | undefined> {
  await client.query(historyTable(history));
  const applied = await client.query<AppliedMigration>(`select number, name, checksum from ${history} order by 1`);
  const migration = nextMigration(applied.rows, migrations);
  if (migration === undefined) return undefined;
  await client.query(migration.sql).catch((error: unknown) => refused(migration, error));
  if (client.getTransactionStatus() !== "T") throw leftTransaction(migration);
  const { number, name, checksum } = migration;
  await client.query(`insert into ${history} (number, name, checksum) values ($1, $2, $3)`, [number, name, checksum]);
  return migration;
}

function refused({ name, sql }: Migration, error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  const line = sql.slice(0, Number(error.position ?? 1) - 1).split("\n").length;
  const at = error.position === undefined ? "" : ` (line ${line})`;
  throw new AppError({
    kind: "failed_precondition",
    reason: "MIGRATION_FAILED",
    message: `${name}.sql${at}: ${error.message}. Nothing of this file was kept.`,
    meta: { sqlState: error.code },
    cause: error,
  });
}

const leftTransaction = ({ name }: Migration): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "MIGRATION_FAILED",
    message: `${name}.sql ends the transaction it runs in. Remove COMMIT and ROLLBACK from it, and check by hand what it left behind.`,
  });

const badLibrary = (name: string): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "MIGRATION_LIBRARY_INVALID",
    message: `"${name}" is no name of a migration library: lower-case letters, digits and _, 40 characters at most, a letter first.`,
  });
