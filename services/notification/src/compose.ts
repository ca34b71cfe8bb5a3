import { createClient, type Transport } from "@connectrpc/connect";
import { createFailpoints, type Failpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { createIdentitySigner, serviceIdentity } from "@gantry/identity";
import { type Broker, type Consumer, createBroker, createConsumer, topicSpecs } from "@gantry/messaging";
import { createPostgres, inboxTables, migrate, type Postgres } from "@gantry/postgres";
import { createRpcTransport } from "@gantry/rpc";
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
import { contactsOfIam } from "./contacts.iam.ts";
import { type Contacts, oneChatForAll } from "./contacts.ts";
import { createGreeter } from "./greeter.ts";
import { createHandlers } from "./handlers.ts";
import { createLogMessenger, type Messenger } from "./messenger.ts";
import { createSender } from "./sender.ts";
import type { NotificationTables } from "./tables.postgres.ts";
import { createTelegram, type Telegram } from "./telegram.ts";

const NAME = "notification";
/** What an attempt takes beyond its time-out: the question to IAM, and the commits before and behind it. */
const LEASE_MARGIN_MS = 8000;

const tokens = {
  postgres: token<Postgres<NotificationTables>>("postgres"),
  broker: token<Broker>("broker"),
  iam: token<Transport>("iam"),
  contacts: token<Contacts>("contacts"),
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

type Container = ReturnType<typeof createContainer>;

const itself = <C extends Component>(component: C): C => component;

/** What is there already and not made from the configuration: a broker, IAM. */
export interface Given {
  readonly broker?: Broker;
  readonly iam?: Transport;
}

/** The parts of this service, in the order in which they start. */
export function compose(context: Context, given: Given = {}): readonly Component[] {
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
  registerFactory(container, tokens.broker, () => given.broker ?? openBroker(context), itself);
  registerContacts(container, context, given.iam);
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

function registerContacts(container: Container, context: Context, given: Transport | undefined): void {
  const { iamUrl, telegramChatId } = context.config;
  if (given !== undefined) registerFactory(container, tokens.iam, () => given);
  else if (iamUrl !== undefined) registerIam(container, iamUrl, context);
  const asked = given !== undefined || iamUrl !== undefined;
  registerFactory(container, tokens.contacts, (get) =>
    asked ? contactsOfIam(createClient(UserService, get(tokens.iam))) : oneChatForAll(telegramChatId),
  );
}

/** Asked with the service's own identity: a message is sent for nobody in particular. */
function registerIam(container: Container, baseUrl: string, { config: { identityKey }, logger }: Context): void {
  if (identityKey === undefined) throw new Error("NOTIFICATION_IAM_URL needs NOTIFICATION_IDENTITY_KEY to ask with");
  const identity = serviceIdentity({ signer: createIdentitySigner({ privateJwk: identityKey }), callee: "iam" });
  const transport = createRpcTransport({ baseUrl, policies: rpcPolicies, identity, logger });
  const stop = async (): Promise<void> => transport.close();
  registerFactory(
    container,
    tokens.iam,
    () => transport,
    () => ({ name: "iam", stop }),
  );
}

const openSender = (get: Resolve, { config, logger, messenger, failpoints }: Parts): Worker =>
  createSender({
    postgres: get(tokens.postgres),
    messenger,
    contacts: get(tokens.contacts),
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

function openConsumer(get: Resolve, { logger, failpoints }: Parts): Consumer {
  const onPosted = get(tokens.sender).wake;
  return createConsumer({
    name: NAME,
    registry: events,
    broker: get(tokens.broker),
    postgres: get(tokens.postgres),
    handlers: createHandlers({ contacts: get(tokens.contacts), logger, onPosted }),
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
