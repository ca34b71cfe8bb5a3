import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../config.ts";
import { UsageError } from "../usage-error.ts";
import type { Workspace } from "../workspace.ts";

/** Where the events of a system are. */
export interface EventSources {
  /** The database of each service that has one, by the service's name. */
  readonly databases: ReadonlyMap<string, string>;
  /** Addresses of Apache Kafka. */
  readonly kafkaBrokers: readonly string[] | undefined;
  /** The database of the embedded log. */
  readonly eventLogUrl: string | undefined;
}

/** What the environment says, and for the rest the system that `npm start` runs in this clone. */
export async function findSources({ root, services }: Workspace, env: Environment): Promise<EventSources> {
  const local = await localDatabases(join(root, ".gantry", "postgres"));
  const databases = services.flatMap((name) => {
    const url = env[`${name.toUpperCase().replaceAll("-", "_")}_POSTGRES_URL`] || local?.(name);
    return url === undefined ? [] : [[name, url] as const];
  });
  const kafkaBrokers = env.KAFKA_BROKERS ? env.KAFKA_BROKERS.split(",").map((address) => address.trim()) : undefined;
  const eventLogUrl = env.EVENTS_POSTGRES_URL || (kafkaBrokers === undefined ? local?.("events") : undefined);
  return { databases: new Map(databases), kafkaBrokers, eventLogUrl };
}

/** The embedded server writes its port into `postmaster.pid`, the fourth line (PostgreSQL manual, "Database File Layout"). */
async function localDatabases(directory: string): Promise<((database: string) => string) | undefined> {
  const [pid, password] = await Promise.all(["postmaster.pid", "gantry-password"].map((name) => read(directory, name)));
  const port = pid?.split("\n")[3];
  if (port === undefined || password === undefined) return undefined;
  return (database) => `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

const read = (directory: string, name: string): Promise<string | undefined> =>
  readFile(join(directory, name), "utf8").catch(() => undefined);

/** @throws UsageError when it is not known */
export function databaseOf({ databases }: EventSources, service: string): string {
  const url = databases.get(service);
  if (url !== undefined) return url;
  const known = databases.size === 0 ? "is none" : `are ${[...databases.keys()].join(", ")}`;
  throw new UsageError(`no database of a service "${service}" is known; there ${known}`);
}
