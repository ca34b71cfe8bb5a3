import type { Environment } from "./environment.ts";
import type { Ports } from "./ports.ts";
import { type KeptPostgres, keepPostgres } from "./postgres.ts";
import { preferredPostgresPort, type ServiceSpec } from "./topology.ts";

/** The databases of one system. */
export interface Databases {
  /** URL by service name, and by {@link EVENT_LOG}, of those that the environment gives none. */
  readonly urls: Readonly<Record<string, string>>;
  /** The server behind them; undefined when the environment gives every service its own. */
  readonly postgres: KeptPostgres | undefined;
}

/** What {@link openDatabases} needs. */
export interface DatabaseOptions {
  /** Data directory of the embedded server. */
  readonly directory: string;
  readonly durable: boolean;
  readonly ports: Ports;
  readonly env: Environment;
  readonly services: readonly ServiceSpec[];
  /** Whether events travel through a log in this server. */
  readonly eventLog: boolean;
  readonly onEvent: (text: string) => void;
}

/** The name of the database that holds the embedded event log. */
export const EVENT_LOG = "events";

/** Starts PostgreSQL and makes one database for each service whose `<NAME>_POSTGRES_URL` is not set, and the event log's. */
export async function openDatabases(options: DatabaseOptions): Promise<Databases> {
  const { directory, durable, env, onEvent } = options;
  const services = options.services
    .filter(({ database, name }) => database && env[`${name.toUpperCase()}_POSTGRES_URL`] === undefined)
    .map(({ name }) => name);
  const names = options.eventLog ? [...services, EVENT_LOG] : services;
  if (names.length === 0) return { urls: {}, postgres: undefined };
  const port = await options.ports.take(preferredPostgresPort);
  const postgres = await keepPostgres({ directory, durable, port, onEvent });
  const urls = await Promise.all(names.map(async (name) => [name, await postgres.createDatabase(name)]));
  return { urls: Object.fromEntries(urls), postgres };
}
