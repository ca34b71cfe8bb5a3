import { AppError } from "@gantry/kernel";
import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely";
import { DatabaseError, type QueryResult as PgResult, type PoolClient } from "pg";
import { statementName } from "./prepared-statements.ts";
import { translatePostgresError } from "./translate-postgres-error.ts";

const writing = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/**
 * One connection in use. Its errors leave it as AppErrors. Once it is lost it is spoiled: nothing more is sent over it, and it
 * is closed instead of reused.
 */
export class Connection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #prepares: boolean;
  #inTransaction = false;
  /** It works, but holds plans that do not. */
  #worn = false;
  #spoiled: AppError | undefined;

  /** @param prepares whether statements are named, and so planned once instead of each time */
  constructor(client: PoolClient, prepares: boolean) {
    this.#client = client;
    this.#prepares = prepares;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#send(() => this.#query(query));
    return writing.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0), rows } : { rows };
  }

  streamQuery(): never {
    throw new AppError({
      kind: "unimplemented",
      reason: "NO_STREAMS",
      message: "Queries are not streamed: read in pages.",
    });
  }

  /** Begins a transaction. `sql` may hold further settings: it is one message. */
  async begin(sql: string): Promise<void> {
    await this.run(sql);
    this.#inTransaction = true;
  }

  /** Sends text without parameters, several statements in one round trip if it holds several. */
  async run(sql: string): Promise<{ readonly command?: string }> {
    return this.#send(() => this.#client.query(sql));
  }

  /** Never throws: the error that led here is the one to tell. */
  async rollback(): Promise<void> {
    await this.run("rollback").catch((error: AppError) => {
      this.#spoiled = error;
    });
  }

  release(): void {
    this.#client.release(this.#spoiled !== undefined || this.#worn);
  }

  /**
   * A migration that changes the columns of a table makes plans that return them stale; a rolling deployment meets that
   * with the old version still running. The statement has not run then: outside a transaction it is sent again without a
   * name, and the connection with its plans is closed.
   */
  async #query({ sql: text, parameters }: CompiledQuery): Promise<PgResult> {
    const values = [...parameters];
    const name = this.#prepares ? statementName(text) : undefined;
    if (name === undefined) return this.#client.query(text, values);
    try {
      return await this.#client.query({ name, text, values });
    } catch (error) {
      if (!isStalePlan(error)) throw error;
      this.#worn = true;
      if (this.#inTransaction) throw error;
      return this.#client.query(text, values);
    }
  }

  async #send<T>(query: () => Promise<T>): Promise<T> {
    if (this.#spoiled !== undefined) throw this.#spoiled;
    try {
      return await query();
    } catch (error) {
      const translated = translatePostgresError(error);
      if (isLost(translated)) this.#spoiled = translated;
      throw translated;
    }
  }
}

/**
 * Whether the connection is lost: the server ended it (its last error arrives before the end of the stream does), or it said
 * nothing in time (a time-out without SQLSTATE is the driver's) and may be gone without a word.
 */
const isLost = ({ kind, meta, cause }: AppError): boolean =>
  kind === "unavailable" ||
  (kind === "timeout" && meta.sqlState === "") ||
  (cause instanceof DatabaseError && cause.severity === "FATAL");

/** Feature_not_supported, by its only text that has to do with plans (plancache.c). */
export const isStalePlan = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === "0A000" && error.message.startsWith("cached plan must not change");
