import { type Customer, type Devstack, newCustomer, startDevstack } from "@gantry/devstack";
import { type KafkaCluster, startKafka } from "@gantry/infra";
import { type Broker, createBroker } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { type FakeTelegram, startFakeTelegram, tempDir } from "@gantry/testing";
import { aChat } from "../people/a-chat.ts";
import type { CheckRequest } from "./checker/check-request.ts";
import type { FaultConfig } from "./config.ts";
import { limits, serviceSettings } from "./limits.ts";
import { eventTopics } from "./topology.ts";
import { readCatalogue } from "./workload/catalogue.ts";
import type { Shop } from "./workload/run-workload.ts";

/** The whole system in processes of its own, with everything around it that can be broken or looked at. */
export interface FaultSystem extends AsyncDisposable {
  readonly stack: Devstack;
  readonly shop: Shop;
  readonly telegram: FakeTelegram;
  /** Everybody who has registered here. */
  customers(): readonly Customer[];
  /** A client of the broker beside the services, for what only tests do to topics. */
  readonly broker: Broker;
  /** The Kafka that this system started and may break; undefined on the embedded log, and on a Kafka that was there. */
  readonly kafka: KafkaCluster | undefined;
  readonly mode: "embedded" | "kafka";
  /** Where the checker looks. */
  readonly places: Pick<CheckRequest, "databases" | "kafkaBrokers" | "eventLogUrl">;
  /** The last lines of every service, for the report of a case that failed. */
  tail(lines: number): string;
}

/** What tests may want otherwise. */
export interface FaultSystemOptions {
  /** More variables for every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** More variables for single services; they win. */
  readonly serviceEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Receives what the launcher has to say. */
  readonly onEvent?: (text: string) => void;
}

/** Starts it on the embedded log, on the Kafka of the environment, or on one of its own. Resolves when all are ready. */
export async function startFaultSystem(config: FaultConfig, options: FaultSystemOptions = {}): Promise<FaultSystem> {
  const stack = new AsyncDisposableStack();
  try {
    return await start(config, options, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(
  config: FaultConfig,
  { env = {}, serviceEnv = {}, onEvent }: FaultSystemOptions,
  stack: AsyncDisposableStack,
): Promise<FaultSystem> {
  const directory = stack.use(await tempDir("gantry-faults-"));
  const telegram = stack.use(await startFakeTelegram());
  const kafka = config.startKafka ? stack.use(await startKafka()) : undefined;
  const kafkaBrokers = kafka?.brokers ?? config.kafkaBrokers;
  const devstack = stack.use(
    await startDevstack({
      directory: directory.path,
      env: { ...env, ...(kafkaBrokers !== undefined && { KAFKA_BROKERS: kafkaBrokers }) },
      serviceEnv: withMore(serviceSettings(telegram), serviceEnv),
      ...(onEvent !== undefined && { onEvent }),
    }),
  );
  const places = placesOf(devstack, kafkaBrokers);
  const customers: Customer[] = [];
  const broker = await testBroker(places);
  stack.defer(() => broker.stop());
  if (config.kafkaBrokers !== undefined) await expectEmpty(broker);
  return {
    stack: devstack,
    shop: await shopOf(devstack, customers),
    telegram,
    customers: () => customers,
    broker,
    kafka,
    mode: kafkaBrokers === undefined ? "embedded" : "kafka",
    places,
    tail: (lines) => tailOf(devstack, lines),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;

const withMore = (settings: Settings, more: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).map(([name, env]) => [name, { ...env, ...more[name] }]));

function placesOf({ postgres, events }: Devstack, kafkaBrokers: string | undefined): FaultSystem["places"] {
  if (postgres === undefined) throw new Error("the services have databases of their own; unset <NAME>_POSTGRES_URL");
  const url = (name: string) => postgres.url(name);
  return {
    databases: {
      order: url("order"),
      payment: url("payment"),
      assembly: url("assembly"),
      notification: url("notification"),
    },
    ...(kafkaBrokers === undefined ? { eventLogUrl: events.EVENTS_POSTGRES_URL ?? "" } : { kafkaBrokers }),
  };
}

async function testBroker({ kafkaBrokers, eventLogUrl }: FaultSystem["places"]): Promise<Broker> {
  const broker = createBroker({
    kafkaBrokers: kafkaBrokers?.split(","),
    eventLogUrl,
    clientId: "e2e",
    topics: [],
    logger: silentLogger,
  });
  await broker.start();
  return broker;
}

/** The topics of another system would be ghosts here, and its orders would be built again. */
async function expectEmpty({ admin }: Broker): Promise<void> {
  for (const topic of eventTopics) {
    const used = (await admin.ranges(topic)).some(({ next }) => next > 0n);
    if (used)
      throw new Error(
        `${topic} at KAFKA_BROKERS has events of another system; use an empty Kafka, or GANTRY_E2E_KAFKA=1`,
      );
  }
}

/** Everybody has a chat of their own, which they tell IAM of when they register. */
async function shopOf({ gateway }: Devstack, customers: Customer[]): Promise<Shop> {
  const customer = async (): Promise<Customer> => {
    const person = await newCustomer(gateway, { notificationMethods: [aChat()] });
    customers.push(person);
    return person;
  };
  return { gateway, catalogue: await readCatalogue(gateway, await customer()), expiryMs: limits.expiryMs, customer };
}

const tailOf = (stack: Devstack, lines: number): string =>
  Object.keys(stack.opsUrls)
    .flatMap((service) => stack.logs(service).slice(-lines))
    .join("\n");
