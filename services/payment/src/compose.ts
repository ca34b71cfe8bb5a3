import { createFailpoints, type Failpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { createIdentityVerifier } from "@gantry/identity";
import {
  type Broker,
  type Consumer,
  createBroker,
  createConsumer,
  createEventCodec,
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
import { createRpcServer, type RpcServer } from "@gantry/rpc";
import {
  type Component,
  componentsOf,
  createContainer,
  createWorker,
  type Resolve,
  registerFactory,
  resolve,
  type ServiceContext,
  token,
  type Worker,
} from "@gantry/runtime";
import { PostgresDecisionStore } from "./adapters/decision-store.postgres.ts";
import type { PaymentTables } from "./adapters/payment-tables.ts";
import { acceptRequest } from "./adapters/wallet-request-rows.ts";
import { PostgresWalletRequests } from "./adapters/wallet-requests.postgres.ts";
import { PostgresWalletStore } from "./adapters/wallet-store.postgres.ts";
import { onOrderEvents } from "./api/on-order-events.ts";
import { paymentRoutes } from "./api/payment-rpc.ts";
import { walletRoutes } from "./api/wallet-rpc.ts";
import { PayOrder } from "./app/pay-order.ts";
import { ServeWallets } from "./app/serve-wallets.ts";
import { TopUp } from "./app/top-up.ts";
import { VoidPayment } from "./app/void-payment.ts";
import type { PaymentConfig } from "./config.ts";

const NAME = "payment";
/** Below the 5 s that a caller may wait for a payment. */
const STATEMENT_TIMEOUT_MS = 3000;
/** How long a replica that is frozen may keep somebody's account. */
const IDLE_TIMEOUT_MS = 5000;
/** How often the worker looks for what nobody has told it of: requests that another replica took over before it crashed. */
const SERVE_INTERVAL_MS = 500;
/** Few: keeping a request is one insert, and the connections are for callers and for the worker. */
const CONSUMER_CONCURRENCY = 2;

const tokens = {
  postgres: token<Postgres<PaymentTables>>("postgres"),
  failpoints: token<Failpoints>("failpoints"),
  broker: token<Broker>("broker"),
  relay: token<Relay>("relay"),
  worker: token<Worker>("worker"),
  consumer: token<Consumer>("consumer"),
  rpc: token<RpcServer>("rpc"),
};

type Container = ReturnType<typeof createContainer>;
type Context = ServiceContext<PaymentConfig>;

const codec = createEventCodec(events);

/**
 * The parts of this service, in the order in which they start.
 * @param given a broker in place of the one that the configuration names
 */
export function compose(context: Context, given?: Broker): readonly Component[] {
  const container = createContainer();
  registerPostgres(container, context);
  registerFactory(container, tokens.failpoints, () => createFailpoints(context.config.failpoints));
  registerFactory(container, tokens.broker, () => given ?? openBroker(context), itself);
  registerFactory(container, tokens.relay, (get) => openRelay(get, context), itself);
  registerFactory(container, tokens.worker, (get) => serveWallets(get, context), itself);
  registerFactory(container, tokens.consumer, (get) => consumeOrders(get, context), itself);
  registerFactory(container, tokens.rpc, (get) => serveRpc(get, context), itself);
  for (const part of [tokens.postgres, tokens.consumer, tokens.rpc]) resolve<unknown>(container, part);
  return componentsOf(container);
}

const itself = <C extends Component>(component: C): C => component;

function registerPostgres(container: Container, { config, logger }: Context): void {
  const make = () =>
    createPostgres<PaymentTables>({
      url: config.postgresUrl,
      applicationName: NAME,
      logger,
      maxConnections: config.postgresConnections,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      idleInTransactionTimeoutMs: IDLE_TIMEOUT_MS,
    });
  registerFactory(container, tokens.postgres, make, ({ check, close }) => ({ name: "postgres", check, stop: close }));
}

const openBroker = ({ config, logger }: Context): Broker =>
  createBroker({
    kafkaBrokers: config.kafkaBrokers,
    kafkaGroupProtocol: config.kafkaGroupProtocol,
    eventLogUrl: config.eventLogUrl,
    clientId: NAME,
    topics: topicSpecs(events, ["order.events.v1", "payment.events.v1"]),
    logger,
  });

function openRelay(get: Resolve, { config, logger }: Context): Relay {
  const broker = get(tokens.broker);
  const failpoints = get(tokens.failpoints);
  return createRelay({
    url: config.postgresUrl,
    send: (records) => broker.send(records.map(codec.toMessage)),
    logger,
    failpoint: (name) => failpoints.hit(name),
  });
}

function serveWallets(get: Resolve, { logger }: Context): Worker {
  const requests = new PostgresWalletRequests({
    postgres: get(tokens.postgres),
    codec,
    failpoints: get(tokens.failpoints),
  });
  const serve = new ServeWallets(requests, get(tokens.relay).wake, logger);
  return createWorker({
    name: "wallet",
    intervalMs: SERVE_INTERVAL_MS,
    logger,
    run: (signal) => serve.round(signal),
  });
}

function consumeOrders(get: Resolve, { config, logger }: Context): Consumer {
  const failpoints = get(tokens.failpoints);
  return createConsumer({
    name: NAME,
    registry: events,
    broker: get(tokens.broker),
    postgres: get(tokens.postgres),
    handlers: onOrderEvents<PaymentTables>({
      accept: (trx, request) => acceptRequest(trx, request, config.walletWaitMs),
      wake: get(tokens.worker).wake,
    }),
    logger,
    failpoint: (name) => failpoints.hit(name),
    settings: { concurrency: CONSUMER_CONCURRENCY },
  });
}

function serveRpc(get: Resolve, { config, logger }: Context): RpcServer {
  const postgres = get(tokens.postgres);
  const decisions = new PostgresDecisionStore(postgres, get(tokens.failpoints));
  const wallets = new PostgresWalletStore(postgres);
  const { wake } = get(tokens.worker);
  const payments = paymentRoutes({
    payOrder: new PayOrder(decisions, wake, logger),
    voidPayment: new VoidPayment(decisions, wake, logger),
    decisions,
  });
  const topUp = new TopUp(wallets, wake, logger);
  const wallet = walletRoutes({ topUp, wallets, currency: config.walletCurrency });
  return createRpcServer({
    service: NAME,
    host: config.host,
    port: config.rpcPort,
    logger,
    policies: rpcPolicies,
    verifier: createIdentityVerifier({ service: NAME, jwks: config.identityJwks, jwksUrl: config.identityJwksUrl }),
    checks: [{ name: "postgres", check: postgres.check }],
    routes: (router) => {
      payments(router);
      wallet(router);
    },
  });
}

export async function migrateDatabase({ config, logger }: Context): Promise<void> {
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ url: config.postgresUrl, directory, logger, libraries: [outboxTables, inboxTables] });
}
