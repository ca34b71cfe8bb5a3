import type { Logger } from "@gantry/telemetry";
import { Pool, types } from "pg";

const INT8_OID = 20;
/** How long the driver waits beyond the server's own limit before it gives the connection up. */
const SILENCE_MS = 500;
const KEEP_ALIVE_MS = 10_000;

/** What a pool is made of. */
export interface PoolSettings {
  readonly url: string;
  readonly applicationName: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** int8 is a bigint: a number would lose digits above 2^53 without a word. The other types keep the driver's defaults. */
const exactTypes: typeof types = Object.create(types, {
  getTypeParser: {
    value: (oid: number, format?: "text" | "binary") =>
      oid === INT8_OID && format !== "binary" ? BigInt : types.getTypeParser(oid, format ?? "text"),
  },
});

/**
 * A pool that outlives its server. Without the two listeners below the loss of a connection, idle or in use, would be an
 * unhandled `error` event and end the process; with them the connection leaves the pool and the next query opens another.
 */
export function createPool(settings: PoolSettings, logger: Logger): Pool {
  const pool = new Pool({
    connectionString: settings.url,
    application_name: settings.applicationName,
    max: settings.maxConnections,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    query_timeout: settings.statementTimeoutMs + SILENCE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: exactTypes,
  });
  const onLoss = (error: Error): void => logger.warn({ error }, "database connection lost");
  pool.on("error", onLoss);
  pool.on("connect", (client) => client.on("error", onLoss));
  return pool;
}
