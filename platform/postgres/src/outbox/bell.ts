import type { Logger } from "@gantry/telemetry";
import { Client } from "pg";

/** Tells the relays of other processes that there is work. A hint: what is lost is found by their next look. */
export interface Bell {
  start(): void;
  stop(): Promise<void>;
  /** Rings now or in a moment. Cheap, as often as you like. */
  ring(): void;
}

interface BellOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly logger: Logger;
  /** Another process rang. */
  readonly onRing: () => void;
}

const CHANNEL = "outbox";
/** A NOTIFY takes a lock of the whole server when it commits: one process sends fifty a second at most. */
const PAUSE_MS = 20;
const RECONNECT_MS = 1000;
const ANSWER_TIMEOUT_MS = 3000;

/**
 * LISTEN needs a session, so this has a connection of its own. Behind a pooler in transaction mode nobody hears it, and
 * nothing but that moment is lost.
 */
export function createBell({ url, applicationName, logger, onRing }: BellOptions): Bell {
  let client: Client | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let ringing: NodeJS.Timeout | undefined;
  let lastRing = 0;
  let sending = false;
  let stopped = false;

  const connect = async (): Promise<void> => {
    const fresh = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    });
    client = fresh;
    const lost = (error?: Error): void => {
      if (client !== fresh || stopped) return;
      client = undefined;
      if (error !== undefined) logger.debug({ error }, "the outbox bell lost its connection");
      reconnect = setTimeout(connect, RECONNECT_MS * (0.5 + Math.random()));
      fresh.end().catch(() => undefined);
    };
    fresh.on("error", lost);
    fresh.on("end", lost);
    fresh.on("notification", () => onRing());
    await fresh
      .connect()
      .then(() => fresh.query(`listen ${CHANNEL}`))
      .catch(lost);
  };

  const send = async (): Promise<void> => {
    ringing = undefined;
    const current = client;
    if (current === undefined || sending) return;
    sending = true;
    lastRing = performance.now();
    await current.query(`notify ${CHANNEL}`).catch((error: Error) => current.emit("error", error));
    sending = false;
  };

  return {
    start: () => void connect(),
    ring: () => {
      if (stopped || sending || ringing !== undefined) return;
      ringing = setTimeout(send, Math.max(0, lastRing + PAUSE_MS - performance.now()));
    },
    stop: async () => {
      stopped = true;
      clearTimeout(reconnect);
      clearTimeout(ringing);
      await client?.end().catch(() => undefined);
    },
  };
}
