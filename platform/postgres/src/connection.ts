import { AppError } from "@gantry/kernel";
import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely";
import { DatabaseError, type PoolClient } from "pg";
import { translatePostgresError } from "./translate-postgres-error.ts";

const writing = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/**
 * One connection in use. Its errors leave it as AppErrors. Once it is lost it is spoiled: nothing more is sent over it, and it
 * is closed instead of reused.
 */
export class Connection implements DatabaseConnection {
  readonly #client: PoolClient;
  #spoiled: AppError | undefined;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /** Unnamed statements only: a pooler in transaction mode may give the next one to another server connection. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#send(() => this.#client.query(query.sql, [...query.parameters]));
    return writing.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0), rows } : { rows };
  }

  streamQuery(): never {
    throw new AppError({
      kind: "unimplemented",
      reason: "NO_STREAMS",
      message: "Queries are not streamed: read in pages.",
    });
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
    this.#client.release(this.#spoiled !== undefined);
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
