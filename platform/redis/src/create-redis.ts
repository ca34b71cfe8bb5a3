import type { Logger } from "@gantry/telemetry";
import { ErrorReply } from "@redis/client";
import { type Connection, openConnection } from "./connection.ts";
import { createLink } from "./link.ts";
import type { RedisScript } from "./script.ts";
import { translateRedisError, unavailable } from "./translate-redis-error.ts";

/** How to reach a Redis and how long to wait for it. Times are in milliseconds. */
export interface RedisOptions {
  /** `redis://user:password@host:port/database`, or `rediss://` for TLS. User and password are percent-encoded. */
  readonly url: string;
  /** Shown in `CLIENT LIST`; no blanks. */
  readonly applicationName: string;
  readonly logger: Logger;
  /** The longest wait for an answer. Default 1000. */
  readonly commandTimeoutMs?: number;
  /** The longest wait for a connection, TLS and handshake included. Default 2000. */
  readonly connectTimeoutMs?: number;
}

/**
 * One Redis, over one connection that all commands share. Everything it rejects with is an AppError; `unavailable`
 * (`REDIS_UNAVAILABLE`) leaves open whether a command took effect.
 *
 * Outlives its server: what waited at that moment fails, what comes before the next connection fails at once, nothing is
 * kept to be sent later. A connection on which nothing is answered any more is replaced.
 */
export interface Redis {
  readonly name: "redis";
  /** Begins to connect. Resolves when connected, or when the first attempt failed: more follow. */
  start(): Promise<void>;
  /** Waits for what runs, `commandTimeoutMs` at most, and disconnects for good. May be called again. */
  stop(): Promise<void>;
  /**
   * Resolves when Redis answers.
   * @throws AppError `unavailable` after `commandTimeoutMs` at the latest
   */
  check(): Promise<void>;
  /**
   * Runs a script in one step.
   * @throws AppError `unavailable` after `commandTimeoutMs` at the latest, `internal` when the script fails; what `read` throws
   */
  run<Reply>(script: RedisScript<Reply>, keys: readonly string[], args?: readonly (string | number)[]): Promise<Reply>;
}

/** Makes the client; `start` opens the connection. The caller stops it. */
export function createRedis(options: RedisOptions): Redis {
  const { url, applicationName, logger, commandTimeoutMs = 1_000, connectTimeoutMs = 2_000 } = options;
  const link = createLink((signal) => openConnection({ url, applicationName, connectTimeoutMs }, signal), logger);

  async function ask<Reply>(question: (connection: Connection) => Promise<Reply>): Promise<Reply> {
    const connection = link.current();
    if (connection === undefined) throw unavailable({});
    try {
      return await within(commandTimeoutMs, connection, question(connection));
    } catch (error) {
      throw translateRedisError(error);
    }
  }

  return {
    name: "redis",
    start: link.start,
    stop: () => link.stop(commandTimeoutMs),
    async check() {
      await ask(({ send }) => send(["PING"]));
    },
    async run(script, keys, args = []) {
      return script.read(await ask((connection) => evaluate(connection, script, [keys.length, ...keys, ...args])));
    },
  };
}

/** Redis forgets scripts when it starts: then it gets the text. */
async function evaluate(
  { send }: Connection,
  { sha1, source }: RedisScript<unknown>,
  args: readonly (string | number)[],
): Promise<unknown> {
  const texts = args.map(String);
  try {
    return await send(["EVALSHA", sha1, ...texts]);
  } catch (error) {
    if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
    return await send(["EVAL", source, ...texts]);
  }
}

/** Waits no longer. If nothing at all was answered meanwhile, the connection is dead, and TCP needs minutes to notice. */
async function within<T>(limitMs: number, connection: Connection, answer: Promise<T>): Promise<T> {
  const asked = performance.now();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // It may be this process that was late: what has arrived by now counts.
    setImmediate(() => {
      const error = new Error(`no answer within ${limitMs} ms`);
      late.reject(error);
      if (connection.answeredAt < asked) connection.drop(error);
    });
  }, limitMs);
  late.promise.catch(() => {});
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
