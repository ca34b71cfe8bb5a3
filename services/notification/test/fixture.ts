import { createFailpoints } from "@gantry/failpoints";
import { type Uuid, uuidv7 } from "@gantry/kernel";
import { createPostgres, type Postgres } from "@gantry/postgres";
import type { Worker } from "@gantry/runtime";
import { createLogger, type Logger, silentLogger } from "@gantry/telemetry";
import { type FakeTelegram, startFakeTelegram, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { migrateDatabase } from "../src/compose.ts";
import { type NotificationConfig, notificationConfig } from "../src/config.ts";
import { type Contacts, oneChatForAll } from "../src/contacts.ts";
import { html } from "../src/html.ts";
import { type Message, post } from "../src/mailbox.postgres.ts";
import type { Messenger } from "../src/messenger.ts";
import { createSender } from "../src/sender.ts";
import type { NotificationTables } from "../src/tables.postgres.ts";
import { createTelegram } from "../src/telegram.ts";

export const identity = testIdentity(["notification"]);

export const aConfig = (postgresUrl: string, more: Readonly<Record<string, string>> = {}): NotificationConfig =>
  notificationConfig.load({ ...identity.env("notification"), NOTIFICATION_POSTGRES_URL: postgresUrl, ...more });

type Database = Postgres<NotificationTables> & { readonly url: string };

/** A migrated database of its own, closed after the file. */
export async function aDatabase(): Promise<Database> {
  const { url } = await testDatabase();
  await migrateDatabase({ config: aConfig(url), logger: silentLogger });
  const postgres = createPostgres<NotificationTables>({ url, applicationName: "test", logger: silentLogger });
  afterAll(() => postgres.close());
  return { ...postgres, url };
}

/** A fake Bot API, stopped after the file. */
export async function aTelegram(): Promise<FakeTelegram> {
  const telegram = await startFakeTelegram();
  afterAll(() => telegram.stop());
  return telegram;
}

export const messengerOf = ({ url, token }: Pick<FakeTelegram, "url" | "token">, timeoutMs = 2000) =>
  createTelegram({ url, token, timeoutMs });

export const aMessage = (text: string): Message => ({
  eventId: uuidv7(),
  kind: "ORDER_PAID",
  orderUuid: uuidv7(),
  text: html`${text}`,
});

export const postTo = ({ transaction }: Database, chatId: string, ...texts: readonly string[]): Promise<void> =>
  transaction(async (trx) => {
    for (const text of texts) await post(trx, aMessage(text), [chatId]);
  });

interface SenderTraits {
  readonly chatIntervalMs?: number;
  readonly botIntervalMs?: number;
  readonly leaseMs?: number;
  readonly failpoints?: string;
  readonly logger?: Logger;
  readonly contacts?: Contacts;
}

/** A replica's sender, stopped after the file. Without a pace unless it is given one. */
export function aSender(postgres: Database, messenger: Messenger, traits: SenderTraits = {}): Worker {
  const { chatIntervalMs = 0, botIntervalMs = 0, leaseMs = 60_000, failpoints, logger = silentLogger } = traits;
  const sender = createSender({
    postgres,
    messenger,
    contacts: traits.contacts ?? oneChatForAll(undefined),
    pace: { chatIntervalMs, botIntervalMs },
    intervalMs: 20,
    leaseMs,
    failpoints: createFailpoints(failpoints),
    logger,
  });
  afterAll(() => sender.stop());
  return sender;
}

/** Every message, in the order in which it was posted. */
export const messagesIn = ({ db }: Database) => db.selectFrom("notification").selectAll().orderBy("id").execute();

/** A logger that keeps its lines. */
export function aLog() {
  const lines: string[] = [];
  const logger = createLogger({ service: "notification", destination: { write: (line) => lines.push(line) } });
  return {
    logger,
    lines,
    logged: (message: string): Line[] => lines.map(parse).filter((line) => line.message === message),
  };
}

interface Line {
  readonly message: string;
  readonly order_uuid?: Uuid;
  readonly status?: string;
  readonly text?: string;
}

const parse = (line: string): Line => JSON.parse(line);
