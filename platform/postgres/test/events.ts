import { pathToFileURL } from "node:url";
import { type EventRecord, uuidv7 } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { tempDir, testDatabase } from "@gantry/testing";
import { afterAll } from "vitest";
import {
  createPostgres,
  type InboxTables,
  inboxTables,
  migrate,
  type OutboxTables,
  outboxTables,
  type Postgres,
} from "../src/index.ts";

/** A service's tables with those of the platform. */
export interface EventTables extends OutboxTables, InboxTables {}

/** A database with outbox and inbox, closed after the file. */
export async function anEventDatabase(): Promise<Postgres<EventTables> & { readonly url: string }> {
  const { url } = await testDatabase();
  await migrateEvents(url);
  const postgres = createPostgres<EventTables>({ url, applicationName: "test", logger: silentLogger });
  afterAll(() => postgres.close());
  return { ...postgres, url };
}

/** The platform's tables and no others. */
export async function migrateEvents(url: string): Promise<void> {
  const folder = await tempDir("no-migrations-");
  const directory = pathToFileURL(`${folder.path}/`);
  await migrate({ url, directory, logger: silentLogger, libraries: [outboxTables, inboxTables] });
  await folder.remove();
}

/** An event of a new order, unless said otherwise. */
export const anEvent = (fields: Partial<EventRecord> = {}): EventRecord => ({
  eventId: uuidv7(),
  type: "test.v1.Happened",
  topic: "order.events.v1",
  key: uuidv7(),
  version: 1,
  payload: Buffer.from([1, 2, 3]),
  headers: {},
  ...fields,
});

/** Events `first` to `last` of one order. */
export const aHistory = (last: number, { first = 1, key = uuidv7() } = {}): EventRecord[] =>
  Array.from({ length: last - first + 1 }, (_, index) => anEvent({ key, version: first + index }));
