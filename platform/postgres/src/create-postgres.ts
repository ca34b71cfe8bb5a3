import type { Logger } from "@gantry/telemetry";
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type Transaction } from "kysely";
import { PoolDriver } from "./driver.ts";
import { createPool } from "./pool.ts";
import { runTransaction, type TransactionOptions } from "./transaction.ts";
import { translatePostgresError } from "./translate-postgres-error.ts";

/** How to reach a database and how long to wait for it. Times are in milliseconds. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. A pooler in transaction mode (PgBouncer) may stand there. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly logger: Logger;
  /** Connections this process opens at most, from 1, besides the one that {@link Postgres.check} uses. Default 10. */
  readonly maxConnections?: number;
  /**
   * The longest one statement may take. Default 5000. In a transaction the server ends it; outside of one the driver stops
   * waiting half a second later and closes the connection. For a limit kept by the server there too, set it on the role:
   * `alter role … set statement_timeout`.
   */
  readonly statementTimeoutMs?: number;
  /** The longest a transaction may sit between two statements before the server ends it. Default 15000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** The longest a statement in a transaction waits for a lock. Default: as long as the statement may take. */
  readonly lockTimeoutMs?: number;
  /** The longest wait for a free or a new connection. Default 3000. */
  readonly connectTimeoutMs?: number;
  /**
   * Whether statements are prepared by name, so that each is planned once for a connection and not each time. Default true.
   * Behind a pooler in transaction mode this needs one that follows named statements, as PgBouncer does from 1.21 with
   * `max_prepared_statements` above 0; otherwise say false.
   */
  readonly preparedStatements?: boolean;
}

/**
 * One service's database. Everything that `db` and `transaction` throw is an AppError: `conflict`, `already_exists`,
 * `unavailable`, `timeout` … as {@link translatePostgresError} tells them.
 *
 * Outlives killed backends and restarts of the server: what ran at that moment fails with `unavailable`, what comes later
 * gets a new connection. int8 values are bigint, timestamptz values are Date.
 */
export interface Postgres<DB> {
  /** Single statements. Each may go over another connection. */
  readonly db: Kysely<DB>;
  /**
   * Runs `fn` in one transaction and commits when it resolves; rolls back and rethrows when it rejects.
   *
   * After a serialization failure or a deadlock **`fn` runs again**, in a new transaction, after a random pause: it must do
   * nothing but database work, so that a second run has no second effect. An error while committing other than these two
   * leaves open whether the transaction took place.
   */
  transaction<T>(fn: (trx: Transaction<DB>) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Resolves when the database answers. Uses a connection of its own, so that a busy pool does not look like a broken
   * database.
   * @throws AppError `unavailable` or `timeout` within about two seconds
   */
  check(): Promise<void>;
  /** Waits for what is running, then closes all connections. May be called again. */
  close(): Promise<void>;
}

const CHECK_TIMEOUT_MS = 900;

/** Makes the pool; the first query opens the first connection. The caller closes it. */
export function createPostgres<DB>(options: PostgresOptions): Postgres<DB> {
  const { url, applicationName, logger, maxConnections = 10, statementTimeoutMs = 5000 } = options;
  const { idleInTransactionTimeoutMs = 15_000, lockTimeoutMs, connectTimeoutMs = 3000 } = options;
  const { preparedStatements = true } = options;
  const pool = createPool({ url, applicationName, maxConnections, connectTimeoutMs, statementTimeoutMs }, logger);
  const probe = createProbe(options);
  const driver = new PoolDriver(
    pool,
    { statementTimeoutMs, idleInTransactionTimeoutMs, lockTimeoutMs },
    preparedStatements,
  );
  const db = new Kysely<DB>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return {
    db,
    transaction: (fn, settings = {}) => runTransaction(db, logger, fn, settings),
    check: probe.check,
    close: async () => {
      await Promise.all([pool, probe.pool].map((each) => (each.ending ? undefined : each.end())));
    },
  };
}

function createProbe({ url, applicationName, logger }: PostgresOptions) {
  const pool = createPool(
    {
      url,
      applicationName: `${applicationName} check`,
      maxConnections: 1,
      connectTimeoutMs: CHECK_TIMEOUT_MS,
      statementTimeoutMs: CHECK_TIMEOUT_MS,
    },
    logger,
  );
  const check = async (): Promise<void> => {
    try {
      await pool.query("select 1");
    } catch (error) {
      throw translatePostgresError(error);
    }
  };
  return { pool, check };
}
