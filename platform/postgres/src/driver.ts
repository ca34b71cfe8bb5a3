import { AppError } from "@gantry/kernel";
import type { Driver, TransactionSettings } from "kysely";
import type { Pool } from "pg";
import { Connection } from "./connection.ts";
import { translatePostgresError } from "./translate-postgres-error.ts";

/** Limits that each transaction sets for itself, in milliseconds. */
export interface TransactionLimits {
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly lockTimeoutMs: number | undefined;
}

/**
 * kysely's driver over a pg pool. Why not kysely's own: decision 030. It keeps no session state but
 * named statements (decision 033), so it is safe behind a pooler in transaction mode that follows those: limits are set
 * inside the transaction, in the message that begins it.
 */
export class PoolDriver implements Driver {
  readonly #pool: Pool;
  readonly #limits: string;
  readonly #prepares: boolean;

  constructor(pool: Pool, limits: TransactionLimits, prepares: boolean) {
    this.#pool = pool;
    this.#prepares = prepares;
    this.#limits = limitStatements(limits);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    try {
      return new Connection(await this.#pool.connect(), this.#prepares);
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  async beginTransaction(connection: Connection, settings: TransactionSettings): Promise<void> {
    const isolation = settings.isolationLevel === undefined ? "" : ` isolation level ${settings.isolationLevel}`;
    const access = settings.accessMode === undefined ? "" : ` ${settings.accessMode}`;
    await connection.begin(`begin${isolation}${access}; ${this.#limits}`);
  }

  async commitTransaction(connection: Connection): Promise<void> {
    const { command } = await connection.run("commit");
    if (command === "ROLLBACK") throw swallowedError();
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

function limitStatements({ statementTimeoutMs, idleInTransactionTimeoutMs, lockTimeoutMs }: TransactionLimits): string {
  const limits: Record<string, number | undefined> = {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    lock_timeout: lockTimeoutMs,
  };
  return Object.entries(limits)
    .filter(([, ms]) => ms !== undefined)
    .map(([name, ms]) => `set local ${name} = ${ms}`)
    .join("; ");
}

/** PostgreSQL answers COMMIT of a failed transaction with ROLLBACK: without this check the writes would vanish silently. */
const swallowedError = (): AppError =>
  new AppError({
    kind: "internal",
    reason: "TRANSACTION_ABORTED",
    message: "The transaction was rolled back: the code inside it caught a database error and went on.",
  });
