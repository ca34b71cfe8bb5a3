import type { Logger } from "@gantry/telemetry";
import { type Db, MongoClient, type MongoClientOptions, ReadConcern } from "mongodb";
import { translateMongoError } from "./translate-mongo-error.ts";

/** How to reach a MongoDB and how long to wait for it. Times are in milliseconds. */
export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`. What the URL says about durability is overruled, see {@link Mongo}. */
  readonly url: string;
  /** The database; the one in the URL's path serves for authentication only. */
  readonly database: string;
  /** Shown in the server's log and `currentOp`. */
  readonly applicationName: string;
  readonly logger: Logger;
  /** Connections to each server at most, from 1. Default 10. */
  readonly maxConnections?: number;
  /** The longest wait for a server that can do the work, and for a free connection to it. Default 3000. */
  readonly selectionTimeoutMs?: number;
  /**
   * The longest silence of a server that works on an operation; then the connection is closed. Default 5000. The server may
   * work on: set `maxTimeMS` on queries that could take long.
   */
  readonly silenceTimeoutMs?: number;
}

/**
 * One service's database. Its settings are made in code and not left to the server's or the URL's defaults: a write is
 * acknowledged when a majority has it in its journal, a read sees what a majority has, both are tried again once after a
 * network error. int64 values are bigint both ways; a property that is undefined is not stored.
 *
 * Errors come as the driver throws them: adapters pass them through {@link translateMongoError}.
 */
export interface Mongo {
  readonly db: Db;
  /**
   * Resolves when a server that takes writes answers.
   * @throws AppError `unavailable` or `timeout` within a second
   */
  check(): Promise<void>;
  /** Ends what is running and closes all connections. May be called again. */
  close(): Promise<void>;
}

const CHECK_TIMEOUT_MS = 900;

/** Makes the client; the first operation opens the first connection. The caller closes it. */
export function connectMongo(options: MongoOptions): Mongo {
  const { url, database, logger } = options;
  const client = new MongoClient(url, clientOptions(options));
  client.on("connectionPoolCleared", ({ address }) => logger.warn({ address }, "database connections lost"));
  // on the database, because the URL's `journal` would win over the client's
  const db = client.db(database, {
    writeConcern: { w: "majority", journal: true },
    readConcern: new ReadConcern("majority"),
    readPreference: "primary",
  });
  return { db, check: () => check(db), close: () => client.close() };
}

function clientOptions(options: MongoOptions): MongoClientOptions {
  const { applicationName, maxConnections = 10, selectionTimeoutMs = 3000, silenceTimeoutMs = 5000 } = options;
  return {
    appName: applicationName,
    maxPoolSize: maxConnections,
    serverSelectionTimeoutMS: selectionTimeoutMs,
    connectTimeoutMS: selectionTimeoutMs,
    waitQueueTimeoutMS: selectionTimeoutMs,
    socketTimeoutMS: silenceTimeoutMs,
    retryWrites: true,
    retryReads: true,
    useBigInt64: true,
    ignoreUndefined: true,
  };
}

async function check(db: Db): Promise<void> {
  try {
    await db.command({ ping: 1 }, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
  } catch (error) {
    throw translateMongoError(error);
  }
}
