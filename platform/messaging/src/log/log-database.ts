import { findPackageJSON } from "node:module";
import { pathToFileURL } from "node:url";
import { AppError } from "@gantry/kernel";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import type { Logger } from "@gantry/telemetry";

/** Sending, fetching and committing at the same time, and one to spare. */
const MAX_CONNECTIONS = 5;
/** A client that freezes in the middle of a change of members holds up its group no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 2000;

/** Where the embedded log is. */
export interface LogDatabaseOptions {
  /** A database of its own. Straight to PostgreSQL: no pooler in between, for sessions hold locks and listen. */
  readonly url: string;
  readonly clientId: string;
  readonly logger: Logger;
}

/** The database of the log, brought up to date before anybody uses it. */
export interface LogDatabase {
  /**
   * The database, once it is up to date. Applies the migrations when nobody of this process did.
   * @throws AppError `unavailable`, `timeout`, and those of `migrate`
   */
  ready(): Promise<Postgres<unknown>>;
  close(): Promise<void>;
}

/**
 * Makes the tables of the log, or brings them up to date. `createLogBroker` does it by itself.
 *
 * Safe from any number of processes at once; nothing happens when it is up to date.
 * @throws AppError as `migrate` of @gantry/postgres
 */
export async function migrateLog({ url, logger }: Pick<LogDatabaseOptions, "url" | "logger">): Promise<void> {
  await migrate({ url, directory: migrations(), logger });
}

/** Opens nothing yet. */
export function openLogDatabase(options: LogDatabaseOptions): LogDatabase {
  const postgres = createPostgres<unknown>({
    url: sessionUrl(options.url),
    applicationName: `${options.clientId} event log`,
    logger: options.logger,
    maxConnections: MAX_CONNECTIONS,
    idleInTransactionTimeoutMs: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  });
  let migrated: Promise<void> | undefined;
  return {
    ready: async () => {
      migrated ??= migrateLog(options).catch((error: unknown) => {
        migrated = undefined;
        throw error;
      });
      await migrated;
      return postgres;
    },
    close: () => postgres.close(),
  };
}

/** Whether waiting may help: the database cannot be reached at the moment. */
export const isPassing = (error: unknown): boolean => AppError.is(error) && error.retryable;

/**
 * The planner gets no choice: it plans for the empty log that it met first, and would go on reading the whole of a full one.
 */
function sessionUrl(url: string): string {
  const session = new URL(url);
  const settings = ["enable_seqscan", "enable_bitmapscan", "jit"].map((name) => `-c ${name}=off`);
  session.searchParams.set("options", [session.searchParams.get("options") ?? "", ...settings].join(" ").trim());
  return session.href;
}

/** By package.json and not by a path from here: this file runs from src and from dist, which lie at different depths. */
function migrations(): URL {
  const manifest = findPackageJSON("..", import.meta.url);
  if (manifest === undefined) throw new Error("@gantry/messaging runs without its package.json and migrations folder");
  return new URL("migrations/log/", pathToFileURL(manifest));
}
