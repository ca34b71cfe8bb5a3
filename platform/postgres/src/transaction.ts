import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Kysely, Transaction } from "kysely";
import { isStalePlan } from "./connection.ts";

/** How a transaction runs. */
export interface TransactionOptions {
  /** Default `read committed`. A decision over several rows needs `serializable`. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  /** Tries in total when the database reports a serialization failure or a deadlock, from 1. Default 4. */
  readonly attempts?: number;
}

const DEFAULT_ATTEMPTS = 4;
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 500;
/** Each is certain to have changed nothing: serialization_failure, deadlock_detected. */
const repeatable = new Set<unknown>(["40001", "40P01"]);

/** Runs `fn` in a transaction, again when the database asks for it. The promises are on {@link Postgres.transaction}. */
export async function runTransaction<DB, T>(
  db: Kysely<DB>,
  logger: Logger,
  fn: (trx: Transaction<DB>) => Promise<T>,
  { isolation = "read committed", attempts = DEFAULT_ATTEMPTS }: TransactionOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel(isolation).execute(fn);
    } catch (error) {
      if (attempt >= attempts || !isRepeatable(error)) throw error;
      logger.debug({ attempt, reason: error.reason, sql_state: error.meta.sqlState }, "transaction runs again");
      await sleep(fullJitter(attempt));
    }
  }
}

/** A stale plan is met once for each old connection, and each such connection is closed. */
const isRepeatable = (error: unknown): error is AppError =>
  AppError.is(error) && (repeatable.has(error.meta.sqlState) || isStalePlan(error.cause));

/** Anything from nothing to the ceiling, so that the two that collided do not meet again. */
const fullJitter = (attempt: number): number => Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
