import { createFailpoints, type Failpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import {
  type Broker,
  type Consumer,
  createBroker,
  createConsumer,
  createEventCodec,
  type EventCodec,
  ignore,
  topicSpecs,
} from "@gantry/messaging";
import {
  createPostgres,
  createRelay,
  inboxTables,
  migrate,
  outboxTables,
  type Postgres,
  type Relay,
} from "@gantry/postgres";
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
import { createAssembler } from "./assembler.ts";
import type { AssemblyConfig } from "./config.ts";
import type { AssemblyTables } from "./jobs.postgres.ts";
import { onOrderPaid } from "./on-order-paid.ts";

const NAME = "assembly";

const tokens = {
  postgres: token<Postgres<AssemblyTables>>("postgres"),
  broker: token<Broker>("broker"),
  relay: token<Relay>("relay"),
  assembler: token<Worker>("assembler"),
  consumer: token<Consumer>("consumer"),
};

type Context = ServiceContext<AssemblyConfig>;

/** What several parts are made of. */
interface Parts extends Context {
  readonly codec: EventCodec<typeof events>;
  readonly failpoints: Failpoints;
}

const itself = <C extends Component>(component: C): C => component;

/**
 * The parts of this service, in the order in which they start.
 * @param given a broker in place of the one that the configuration names
 */
export function compose(context: Context, given?: Broker): readonly Component[] {
  const container = createContainer();
  const parts: Parts = {
    ...context,
    codec: createEventCodec(events),
    failpoints: createFailpoints(context.config.failpoints),
  };
  registerFactory(
    container,
    tokens.postgres,
    () => openDatabase(context),
    ({ check, close }) => ({ name: "postgres", check, stop: close }),
  );
  registerFactory(container, tokens.broker, () => given ?? openBroker(context), itself);
  registerFactory(container, tokens.relay, (get) => openRelay(get, parts), itself);
  registerFactory(container, tokens.assembler, (get) => openAssembler(get, parts), itself);
  registerFactory(container, tokens.consumer, (get) => openConsumer(get, parts), itself);
  resolve(container, tokens.postgres);
  for (const part of [tokens.relay, tokens.assembler, tokens.consumer]) resolve<Component>(container, part);
  return componentsOf(container);
}

const openDatabase = ({ config, logger }: Context): Postgres<AssemblyTables> =>
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

function openRelay(get: Resolve, { config, logger, codec, failpoints }: Parts): Relay {
  const broker = get(tokens.broker);
  return createRelay({
    url: config.postgresUrl,
    send: (records) => broker.send(records.map(codec.toMessage)),
    logger,
    failpoint: failpoints.hit,
  });
}

const openAssembler = (get: Resolve, { config, logger, codec, failpoints }: Parts): Worker =>
  createAssembler({
    postgres: get(tokens.postgres),
    codec,
    failpoints,
    intervalMs: config.intervalMs,
    logger,
    onFinished: get(tokens.relay).wake,
  });

const openConsumer = (get: Resolve, { config, logger, failpoints }: Parts): Consumer =>
  createConsumer({
    name: NAME,
    registry: events,
    broker: get(tokens.broker),
    postgres: get(tokens.postgres),
    handlers: {
      "order.events.v1": {
        "gantry.order.v1.OrderCreated": ignore,
        "gantry.order.v1.OrderReserved": ignore,
        "gantry.order.v1.OrderPaymentRequested": ignore,
        "gantry.order.v1.OrderPaymentRefused": ignore,
        "gantry.order.v1.OrderPaid": onOrderPaid(config, get(tokens.assembler).wake),
        "gantry.order.v1.OrderCancelled": ignore,
        "gantry.order.v1.OrderFailed": ignore,
        "gantry.order.v1.OrderAssembled": ignore,
      },
    },
    logger,
    failpoint: failpoints.hit,
  });

export async function migrateDatabase({ config, logger }: Context): Promise<void> {
  await migrate({
    url: config.postgresUrl,
    directory: new URL("../migrations/", import.meta.url),
    logger,
    libraries: [outboxTables, inboxTables],
  });
}
