import { setTimeout as delay } from "node:timers/promises";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@gantry/testing";
import { createBackOff } from "./service/back-off.ts";

/** A PostgreSQL that comes back after a crash, on the same port and data. */
export interface KeptPostgres {
  readonly port: number;
  /** The postmaster's process id now. */
  pid(): number;
  url(database: string): string;
  createDatabase(name: string): Promise<string>;
  /** Ends it and starts it again. Resolves when it takes connections. */
  restart(): Promise<void>;
  /** Ends it for good; idempotent. */
  stop(): Promise<void>;
}

/** How it is kept. */
export interface KeepPostgresOptions {
  readonly directory: string;
  readonly durable: boolean;
  readonly port: number;
  /** Receives what happens to it. */
  readonly onEvent: (text: string) => void;
}

/** Starts PostgreSQL and starts it again whenever it ends unasked. */
export async function keepPostgres(options: KeepPostgresOptions): Promise<KeptPostgres> {
  const { onEvent } = options;
  const backOff = createBackOff({ firstMs: 200, maxMs: 10_000, quietMs: 10_000 });
  const expected = new WeakSet<EmbeddedPostgres>();
  let server = await begin();

  async function begin(): Promise<EmbeddedPostgres> {
    const startedAt = Date.now();
    const begun = await startEmbeddedPostgres(options);
    void begun.exited.then(() => onEnd(begun, startedAt));
    return begun;
  }

  async function onEnd(ended: EmbeddedPostgres, startedAt: number): Promise<void> {
    while (!expected.has(ended) && server === ended) {
      const waitMs = backOff.next(Date.now() - startedAt);
      onEvent(`postgres ended unasked; starting it again in ${waitMs / 1_000} s`);
      await delay(waitMs, undefined, { ref: false });
      if (expected.has(ended)) return;
      await begin().then(
        (next) => {
          server = next;
          onEvent("postgres is ready again");
        },
        (error: unknown) => onEvent(`postgres did not start: ${error instanceof Error ? error.message : error}`),
      );
    }
  }

  const stop = () => {
    expected.add(server);
    return server.stop();
  };
  return {
    port: server.port,
    pid: () => server.pid,
    url: (database) => server.url(database),
    createDatabase: (name) => server.createDatabase(name),
    async restart() {
      await stop();
      server = await begin();
    },
    stop,
  };
}
