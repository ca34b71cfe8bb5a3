import { createClient } from "@redis/client";

/** Commands that wait for their answers at most. */
const MAX_WAITING = 10_000;

/** Where and how to connect. */
export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
}

/** One connection, which is used until it ends and never again. */
export interface Connection {
  /** Sends a command. Rejects with what the client says, also when the connection ends before the answer. */
  send(args: readonly string[]): Promise<unknown>;
  /** When the last answer came, as `performance.now()`. */
  readonly answeredAt: number;
  /** Resolves to the reason when it has ended. */
  readonly ended: Promise<unknown>;
  /** Ends it now; what waits for an answer is rejected. */
  drop(reason: Error): void;
  /** Ends it when what waits has its answers, after `withinMs` at the latest. */
  close(withinMs: number): Promise<void>;
}

/**
 * Opens a connection: TCP, TLS for `rediss:`, and the handshake, within `connectTimeoutMs` for all of it.
 * @throws what the client says, or the signal's reason
 */
export async function openConnection(options: ConnectionOptions, signal: AbortSignal): Promise<Connection> {
  const client = clientOf(options);
  const ended = Promise.withResolvers<unknown>();
  client.on("error", ended.resolve);
  const drop = (reason: unknown): void => {
    ended.resolve(reason);
    client.destroy();
  };
  // The client's own limit ends with TCP: a server that accepts and says nothing would hold it for ever.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.connectTimeoutMs)]);
  const late = rejectedBy(limit);
  const connecting = client.connect();
  try {
    await Promise.race([connecting, late.promise]);
  } catch (error) {
    drop(error);
    // What was given up may still succeed.
    connecting.then(() => client.destroy()).catch(() => {});
    throw error;
  } finally {
    late.forget();
  }
  ended.promise.then(() => client.destroy());
  let answeredAt = performance.now();
  return {
    async send(args) {
      return await client.sendCommand(args).finally(() => {
        answeredAt = performance.now();
      });
    },
    get answeredAt() {
      return answeredAt;
    },
    ended: ended.promise,
    drop,
    async close(withinMs) {
      const closed = new Error("closed");
      const giveUp = setTimeout(drop, withinMs, closed);
      // The client waits for ever when the connection breaks meanwhile.
      await Promise.race([client.close(), ended.promise]);
      clearTimeout(giveUp);
      ended.resolve(closed);
    },
  };
}

function clientOf({ url, applicationName, connectTimeoutMs }: ConnectionOptions) {
  return createClient({
    url,
    name: applicationName,
    RESP: 3,
    socket: { connectTimeout: connectTimeoutMs, reconnectStrategy: false },
    commandsQueueMaxLength: MAX_WAITING,
    // Its limit ends when a command is written; ours does not.
    commandOptions: { timeout: 0 },
    // Of Redis Enterprise.
    maintNotifications: "disabled",
    disableClientInfo: true,
  });
}

function rejectedBy(signal: AbortSignal) {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return { promise, forget: () => signal.removeEventListener("abort", onAbort) };
}
