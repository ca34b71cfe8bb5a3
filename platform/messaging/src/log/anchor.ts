import type { Logger } from "@gantry/telemetry";
import pg from "pg";
import { LEASE_MS } from "./group-store.ts";
import { CHANNEL } from "./notifier.ts";

const CONNECT_TIMEOUT_MS = 3000;
const QUERY_TIMEOUT_MS = 3000;
/** After a restart of the server everybody's lock is free for a moment: let them come back before they are judged. */
const GRACE_MS = 1500;
/** "log" and a number, for pg_advisory_lock; `log_is_gone` knows it too. */
const LOCK_CLASS = 1818717031;

/** What a beat found out. */
export interface Beat {
  readonly session: number;
  /** The session is new: an earlier one was buried, and its members with it. */
  readonly fresh: boolean;
  /** Sessions of others that are dead. */
  readonly dead: readonly number[];
}

/** What an anchor needs. */
export interface AnchorOptions {
  readonly url: string;
  readonly clientId: string;
  readonly logger: Logger;
  /** The text of each NOTIFY. */
  onNotify(payload: string): void;
  /** The connection was lost: beat soon. */
  onLost(): void;
}

/**
 * The connection by which a process shows that it lives: it holds the lock of its session, which the server frees when the
 * process dies, and it beats, which a frozen process does not. It listens as well.
 */
export class Anchor {
  readonly #options: AnchorOptions;
  #client: pg.Client | undefined;
  #connectedAt = 0;
  #session: number | undefined;
  #locked = false;

  constructor(options: AnchorOptions) {
    this.#options = options;
  }

  /** Rejects when the server cannot be reached; the next beat connects anew. */
  async beat(): Promise<Beat> {
    const client = this.#client ?? (await this.#connect());
    try {
      return await this.#beatOn(client);
    } catch (error) {
      this.#lose(client);
      throw error;
    }
  }

  /** Takes the session back when all its members have left; else the others see it end. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.query(CLOSE, [this.#session]).catch(() => undefined); // lost already
    await client?.end().catch(() => undefined);
  }

  async #beatOn(client: pg.Client): Promise<Beat> {
    const session = this.#session;
    const dead = session === undefined ? undefined : await this.#seen(client, session);
    if (session === undefined || dead === undefined)
      return { session: await this.#open(client), fresh: true, dead: [] };
    this.#locked ||= await lock(client, session);
    const judges = performance.now() - this.#connectedAt > GRACE_MS;
    return { session, fresh: false, dead: judges ? dead : [] };
  }

  /** Undefined when the session was buried. */
  async #seen(client: pg.Client, session: number): Promise<readonly number[] | undefined> {
    const { rows } = await client.query<{ alive: boolean; dead: readonly number[] }>(BEAT, [session, LEASE_MS]);
    return rows[0]?.alive ? rows[0].dead : undefined;
  }

  async #open(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ id: number; locked: boolean }>(OPEN, [this.#options.clientId, LOCK_CLASS]);
    const [{ id, locked } = { id: 0, locked: false }] = rows;
    this.#session = id;
    this.#locked = locked;
    return id;
  }

  async #connect(): Promise<pg.Client> {
    const { url, clientId, logger, onNotify, onLost } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      application_name: `${clientId} event log session`,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on("error", (error) => logger.debug({ err: error }, "the event log's session lost its connection"));
    client.on("notification", ({ payload = "" }) => onNotify(payload));
    try {
      await client.connect();
      await client.query(`set synchronous_commit = off; listen ${CHANNEL}`);
    } catch (error) {
      this.#lose(client);
      throw error;
    }
    client.once("end", () => {
      if (this.#client !== client) return;
      this.#lose(client);
      onLost();
    });
    this.#client = client;
    this.#connectedAt = performance.now();
    this.#locked = false;
    return client;
  }

  #lose(client: pg.Client): void {
    this.#client = undefined;
    client.end().catch(() => undefined); // lost already
  }
}

const OPEN = `
  insert into log_session (client_id) values ($1)
  returning id, pg_try_advisory_lock($2, id) as locked`;

const CLOSE = `
  delete from log_session s
  where s.id = $1 and not exists (select from log_member m where m.session_id = s.id)`;

const BEAT = `
  with beat as (update log_session set seen_at = clock_timestamp() where id = $1 returning id)
  select exists (select from beat) as alive,
    array (
      select s.id from log_session s
      where s.id <> $1 and (s.seen_at < clock_timestamp() - $2::int * interval '1 ms' or log_is_gone(s.id))
    ) as dead`;

async function lock(client: pg.Client, session: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1, $2) as locked", [
    LOCK_CLASS,
    session,
  ]);
  return rows[0]?.locked ?? false;
}
