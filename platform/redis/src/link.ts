import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@gantry/telemetry";
import type { Connection } from "./connection.ts";
import { translateRedisError } from "./translate-redis-error.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** A connection that is replaced when it ends, for as long as it takes. */
export interface Link {
  /** The connection that can be used now. */
  current(): Connection | undefined;
  /** Begins to connect. Resolves after the first attempt, whatever came of it. */
  start(): Promise<void>;
  /** Ends the connection when what waits has its answers, after `withinMs` at the latest, and makes no other. */
  stop(withinMs: number): Promise<void>;
}

/** Between two attempts lies a random pause that doubles up to two seconds: a thousand clients do not come back at once. */
export function createLink(open: (signal: AbortSignal) => Promise<Connection>, logger: Logger): Link {
  const stopping = new AbortController();
  const { signal } = stopping;
  const news = createNews(logger);
  let current: Connection | undefined;
  let running: Promise<void> | undefined;

  async function once(onConnected: () => void): Promise<boolean> {
    try {
      current = await open(signal);
      if (signal.aborted) current.drop(new Error("closed"));
      onConnected();
      news.connected();
      const reason = await current.ended;
      if (!signal.aborted) news.lost(reason);
      return true;
    } catch (error) {
      if (!signal.aborted) news.lost(error);
      return false;
    } finally {
      current = undefined;
    }
  }

  async function keep(onFirst: () => void): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const began = performance.now();
      const connected = await once(onFirst);
      onFirst();
      const lasted = connected && performance.now() - began > LONGEST_PAUSE_MS;
      failures = lasted ? 0 : failures + 1;
      await delay(pauseMs(failures), undefined, { signal }).catch(() => {});
    }
  }

  return {
    current: () => current,
    async start() {
      const first = Promise.withResolvers<void>();
      running ??= keep(first.resolve);
      await Promise.race([first.promise, running]);
    },
    async stop(withinMs) {
      if (signal.aborted) return await running;
      stopping.abort();
      await current?.close(withinMs);
      await running;
    },
  };
}

const pauseMs = (failures: number): number =>
  Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));

/** One line for a loss, one more whenever something else is in the way, one when it is over. */
function createNews(logger: Logger) {
  let last: string | undefined;
  return {
    connected() {
      last = undefined;
      logger.info({}, "Redis connected");
    },
    lost(cause: unknown) {
      const error = translateRedisError(cause);
      const said = `${error.meta.code} ${String(error.cause)}`;
      if (said !== last) logger.warn({ error }, "no connection to Redis");
      last = said;
    },
  };
}
