import { type Logger, recordSeconds } from "@gantry/telemetry";
import type { Pool } from "pg";
import { Connection } from "../connection.ts";
import { createPool } from "../pool.ts";
import { translatePostgresError } from "../translate-postgres-error.ts";
import { createBell } from "./bell.ts";
import { createDelivery, type Send } from "./delivery.ts";
import { createOutboxWatch } from "./outbox-watch.ts";
import { createRelayLoop, type RoundResult } from "./relay-loop.ts";
import { type RelayRound, type RoundContext, runRound } from "./relay-round.ts";

/** How to bring events from the outbox to the broker. */
export interface RelayOptions {
  /** The service's database. The relay has up to four connections of its own there, so that a broker that is down keeps none of the service's. */
  readonly url: string;
  /**
   * Gives events to the broker. Called by two loops at once, never with two events of one key in two calls at the same time
   * unless an earlier call went over its time.
   */
  readonly send: Send;
  readonly logger: Logger;
  /** For logs and `pg_stat_activity`. Default `relay`. */
  readonly name?: string;
  /**
   * The longest a call of `send` may take, in milliseconds; then its events have failed and are sent again. A process that is
   * frozen meanwhile keeps its lanes for 3 s longer, until the server ends its transaction. Default 12000.
   */
  readonly sendTimeoutMs?: number;
  /** Whether statements are prepared by name, see `PostgresOptions`. Default true. */
  readonly preparedStatements?: boolean;
  /** Told of each round that found something, for metrics. Must not throw. */
  readonly onRound?: (round: RelayRound & { readonly ms: number }) => void;
  /** `relay.after_select`, `.after_produce`, `.after_delete`, `.after_commit`: places where a failure drill may strike. */
  readonly failpoint?: (name: string) => Promise<void>;
}

/** Sends what is in the outbox until it is stopped. Every replica runs one; none of them leads. */
export interface Relay {
  readonly name: string;
  /** Begins. Does not wait for the database: one that cannot be reached is tried again until it can. */
  start(): Promise<void>;
  /** Finishes the rounds under way, and the sends in them. Idempotent. */
  stop(): Promise<void>;
  /** Says that a transaction with events was committed. A hint that saves up to half a second; costs next to nothing. */
  wake(): void;
}

/** One reads and deletes while the other waits for the broker. */
const LOOPS = 2;
const CONNECT_TIMEOUT_MS = 3000;
const STATEMENT_TIMEOUT_MS = 5000;
const DEFAULT_SEND_TIMEOUT_MS = 12_000;
/** The server ends a silent transaction so much later than the relay itself would have. */
const GRACE_MS = 3000;

/**
 * Makes a relay. Each event of a committed transaction is sent at least once; of one aggregate and topic in the order of its
 * versions, a repeat aside. An event that the broker answers it will never take is parked after five tries, with all that
 * follows of its aggregate, and logged as an error; an outage parks nothing.
 */
export function createRelay(options: RelayOptions): Relay {
  const { url, logger, name = "relay", sendTimeoutMs = DEFAULT_SEND_TIMEOUT_MS, preparedStatements = true } = options;
  const pool = createPool(
    {
      url,
      applicationName: name,
      maxConnections: LOOPS + 1, // and one for the measures
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    },
    logger,
  );
  const connect = (): Promise<Connection> => connectTo(pool, preparedStatements);
  const watch = createOutboxWatch(connect, logger);
  const context: RoundContext = {
    connect,
    idleTimeoutMs: sendTimeoutMs + GRACE_MS,
    deliver: createDelivery(options.send, sendTimeoutMs),
    failpoint: options.failpoint ?? (() => Promise.resolve()),
    onFull: () => loops.find((loop) => loop.idle)?.wake(),
  };
  const loops = Array.from({ length: LOOPS }, () => createRelayLoop(() => roundOf(context, options)));
  const wakeAll = (): void => {
    for (const loop of loops) loop.wake();
  };
  const bell = createBell({ url, applicationName: `${name} bell`, logger, onRing: wakeAll });
  return {
    name,
    start: async () => {
      bell.start();
      watch.start();
      for (const loop of loops) loop.start();
    },
    stop: async () => {
      await Promise.all([bell.stop(), watch.stop(), ...loops.map((loop) => loop.stop())]);
      if (!pool.ending) await pool.end();
    },
    wake: () => {
      const idle = loops.find((loop) => loop.idle);
      if (idle !== undefined) return idle.wake();
      wakeAll();
      bell.ring(); // all are busy here: perhaps another process is not
    },
  };
}

async function connectTo(pool: Pool, prepares: boolean): Promise<Connection> {
  try {
    return new Connection(await pool.connect(), prepares);
  } catch (error) {
    throw translatePostgresError(error);
  }
}

async function roundOf(context: RoundContext, { name, logger, onRound }: RelayOptions): Promise<RoundResult> {
  const start = performance.now();
  try {
    const round = await runRound(context);
    for (const { record, error } of round.parked) {
      const { topic, key, version } = record;
      logger.error({ relay: name, topic, key, version, error }, "event parked: the broker does not take it");
    }
    if (round.error !== undefined) logger.warn({ relay: name, error: round.error }, "events not sent, trying again");
    if (round.rows > 0) told({ ...round, ms: performance.now() - start }, onRound);
    return resultOf(round);
  } catch (error) {
    logger.warn({ relay: name, error }, "relay round failed, trying again");
    return "failed";
  }
}

function told(round: RelayRound & { readonly ms: number }, onRound: RelayOptions["onRound"]): void {
  recordSeconds("relayBatchDuration", round.ms / 1000);
  onRound?.(round);
}

function resultOf({ rows, acked, error }: RelayRound): RoundResult {
  if (error !== undefined) return acked > 0 ? "stumbled" : "failed";
  return rows > 0 ? "more" : "idle";
}
