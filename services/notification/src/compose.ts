import { createFailpoints, type Failpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import { type Broker, type Consumer, createBroker, createConsumer, topicSpecs } from "@gantry/messaging";
import { createPostgres, inboxTables, migrate, type Postgres } from "@gantry/postgres";
import {
  type Component,
  componentsOf,
  createContainer,
  type Resolve,
  registerFactory,
  resolve,
  type ServiceContext,
  token,
  type Worker,
} from "@gantry/runtime";
import type { NotificationConfig } from "./config.ts";
import { oneChatForAll } from "./contacts.ts";
import { createGreeter } from "./greeter.ts";
import { createHandlers } from "./handlers.ts";
import { createLogMessenger, type Messenger } from "./messenger.ts";
import { createSender } from "./sender.ts";
import type { NotificationTables } from "./tables.postgres.ts";
import { createTelegram, type Telegram } from "./telegram.ts";

const NAME = "notification";
/** What an attempt takes beyond its time-out: the commits before and behind it. */
const LEASE_MARGIN_MS = 5000;

const tokens = {
  postgres: token<Postgres<NotificationTables>>("postgres"),
  broker: token<Broker>("broker"),
  sender: token<Worker>("sender"),
  greeter: token<Worker>("greeter"),
  consumer: token<Consumer>("consumer"),
};

type Context = ServiceContext<NotificationConfig>;

/** What several parts are made of. */
interface Parts extends Context {
  readonly messenger: Messenger;
  readonly failpoints: Failpoints;
}

const itself = <C extends Component>(component: C): C => component;

/**
 * The parts of this service, in the order in which they start.
 * @param given a broker in place of the one that the configuration names
 */
export function compose(context: Context, given?: Broker): readonly Component[] {
  const container = createContainer();
  const telegram = openTelegram(context);
  const parts: Parts = {
    ...context,
    messenger: telegram ?? createLogMessenger(context.logger),
    failpoints: createFailpoints(context.config.failpoints),
  };

  registerFactory(
    container,
    tokens.postgres,
    () => openDatabase(context),
    ({ check, close }) => ({ name: "postgres", check, stop: close }),
  );
  registerFactory(container, tokens.broker, () => given ?? openBroker(context), itself);
  registerFactory(container, tokens.sender, (get) => openSender(get, parts), itself);
  registerFactory(container, tokens.consumer, (get) => openConsumer(get, parts), itself);
  resolve(container, tokens.postgres);
  resolve(container, tokens.consumer);
  if (telegram !== undefined) {
    registerFactory(container, tokens.greeter, (get) => openGreeter(get, telegram, context), itself);
    resolve(container, tokens.greeter);
  }
  return componentsOf(container);
}

const openDatabase = ({ config, logger }: Context): Postgres<NotificationTables> =>
  createPostgres({
    url: config.postgresUrl,
    applicationName: NAME,
    logger,
    maxConnections: config.postgresConnections,
  });

const openBroker = ({ config, logger }: Context): Broker =>
  createBroker({
    kafkaBrokers: config.kafkaBrokers,
    kafkaGroupProtocol: config.kafkaGroupProtocol,
    eventLogUrl: config.eventLogUrl,
    clientId: NAME,
    topics: topicSpecs(events, ["order.events.v1", "assembly.events.v1"]),
    logger,
  });

function openTelegram({ config }: Context): Telegram | undefined {
  const { telegramUrl: url, telegramToken: botToken, telegramTimeoutMs: timeoutMs } = config;
  return botToken === undefined ? undefined : createTelegram({ url, token: botToken, timeoutMs });
}

const openSender = (get: Resolve, { config, logger, messenger, failpoints }: Parts): Worker =>
  createSender({
    postgres: get(tokens.postgres),
    messenger,
    pace: { botIntervalMs: 1000 / config.messagesPerSecond, chatIntervalMs: config.chatIntervalMs },
    intervalMs: config.intervalMs,
    leaseMs: config.telegramTimeoutMs + LEASE_MARGIN_MS,
    failpoints,
    logger,
  });

const openGreeter = (get: Resolve, telegram: Telegram, { config, logger }: Context): Worker =>
  createGreeter({
    postgres: get(tokens.postgres),
    telegram,
    pollSec: config.telegramPollSec,
    intervalMs: config.intervalMs,
    logger,
    onPosted: get(tokens.sender).wake,
  });

function openConsumer(get: Resolve, { config, logger, failpoints }: Parts): Consumer {
  const onPosted = get(tokens.sender).wake;
  return createConsumer({
    name: NAME,
    registry: events,
    broker: get(tokens.broker),
    postgres: get(tokens.postgres),
    handlers: createHandlers({ contacts: oneChatForAll(config.telegramChatId), logger, onPosted }),
    logger,
    failpoint: failpoints.hit,
  });
}

export async function migrateDatabase({ config, logger }: Context): Promise<void> {
  await migrate({
    url: config.postgresUrl,
    directory: new URL("../migrations/", import.meta.url),
    logger,
    libraries: [inboxTables],
  });
}
