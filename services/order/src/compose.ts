import { createClient, type Transport } from "@connectrpc/connect";
import { createFailpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import { orderContract } from "@gantry/gen/openapi/order/server";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { createHttpHost, type HttpHost } from "@gantry/http";
import { createIdentitySigner, createIdentityVerifier, serviceIdentity } from "@gantry/identity";
import { type Clock, systemClock } from "@gantry/kernel";
import {
  type Broker,
  type Consumer,
  createBroker,
  createConsumer,
  createEventCodec,
  topicSpecs,
} from "@gantry/messaging";
import { createPostgres, createRelay, type Postgres, type Relay } from "@gantry/postgres";
import { createRpcTransport, type RpcTransportOptions, runInCallScope } from "@gantry/rpc";
import {
  type Component,
  componentsOf,
  createContainer,
  createWorker,
  type Resolve,
  registerFactory,
  resolve,
  type ServiceContext,
  type Token,
  token,
  type Worker,
} from "@gantry/runtime";
import { gauge } from "@gantry/telemetry";
import { PostgresEventScope } from "./adapters/event-scope.postgres.ts";
import { countChanges } from "./adapters/order-metrics.ts";
import { PostgresOrderQueries } from "./adapters/order-queries.postgres.ts";
import { type OnChanged, PostgresOrderStore } from "./adapters/order-store.postgres.ts";
import type { OrderDatabase } from "./adapters/order-tables.ts";
import { ConnectPartsCatalog } from "./adapters/parts-catalog.connect.ts";
import { ConnectPaymentGateway } from "./adapters/payment-gateway.connect.ts";
import { tellUntoldOrders } from "./adapters/untold-orders.postgres.ts";
import { eventHandlers } from "./api/event-handlers.ts";
import { createOrderApi } from "./api/order-http.ts";
import { createSweeper } from "./api/sweeper.ts";
import { CancelOrder } from "./app/cancel-order.ts";
import { CreateOrder } from "./app/create-order.ts";
import { PayOrder } from "./app/pay-order.ts";
import type { Failpoint, OrderStore, PartsCatalog, PaymentGateway } from "./app/ports.ts";
import { createSettlePayment, type SettlePayment } from "./app/settle-payment.ts";
import { Sweep } from "./app/sweep.ts";
import type { OrderConfig } from "./config.ts";

const NAME = "order";
/** Below the shortest deadline of the contract, so that a client hears of a slow database and not of silence. */
const STATEMENT_TIMEOUT_MS = 4000;
/** How many unfinished orders one round of the sweeper takes up. */
const SWEEP_BATCH = 50;
/** Orders of one transaction, and the wait between two looks, for what the upgrade to events left to be told. */
const TELL_BATCH = 100;
const TELL_INTERVAL_MS = 60_000;
const TOPICS = topicSpecs(events, ["order.events.v1", "payment.events.v1", "assembly.events.v1"]);

const tokens = {
  failpoint: token<Failpoint>("failpoint"),
  postgres: token<Postgres<OrderDatabase>>("postgres"),
  broker: token<Broker>("broker"),
  relay: token<Relay>("relay"),
  onChanged: token<OnChanged>("onChanged"),
  consumer: token<Consumer>("consumer"),
  inventory: token<Transport>("inventory"),
  payment: token<Transport>("payment"),
  needs: token<UseCaseNeeds>("needs"),
  sweeper: token<Worker>("sweeper"),
  teller: token<Worker>("teller"),
  http: token<HttpHost>("http"),
};

/** What the use cases are made of; each takes what it needs. */
interface UseCaseNeeds {
  readonly store: OrderStore;
  readonly catalog: PartsCatalog;
  readonly payment: PaymentGateway;
  readonly settle: SettlePayment;
  readonly clock: Clock;
  readonly failpoint: Failpoint;
}

/** How this service reaches its neighbours. Tests put their own here. */
export interface Neighbours {
  readonly inventory: Transport;
  readonly payment: Transport;
  readonly broker: Broker;
}

/** The parts of this service, in the order in which they start. */
export function compose(context: Context, neighbours?: Neighbours): readonly Component[] {
  const container = createContainer();
  const failpoints = createFailpoints(context.config.failpoints);
  registerFactory(container, tokens.failpoint, () => (name) => failpoints.hit(name));
  registerPostgres(container, context);
  registerFactory(container, tokens.broker, () => neighbours?.broker ?? brokerOf(context), itself);
  registerFactory(container, tokens.relay, (get) => relayOf(get, context), itself);
  registerFactory(container, tokens.onChanged, (get) => changed(get(tokens.relay)));
  registerFactory(container, tokens.consumer, (get) => consumerOf(get, context), itself);
  registerNeighbours(container, context, neighbours);
  registerFactory(container, tokens.needs, (get) => useCaseNeeds(get, context));
  registerFactory(container, tokens.sweeper, (get) => sweeperOf(get(tokens.needs), context), itself);
  registerFactory(container, tokens.teller, (get) => tellerOf(get, context), itself);
  registerFactory(container, tokens.http, (get) => hostOf(get(tokens.needs), get(tokens.postgres), context), itself);
  resolve(container, tokens.postgres);
  const { relay, consumer, sweeper, teller, http } = tokens;
  for (const part of [relay, consumer, sweeper, teller, http]) resolve<Component>(container, part);
  return componentsOf(container);
}

type Container = ReturnType<typeof createContainer>;
type Context = ServiceContext<OrderConfig>;

const itself = <C extends Component>(component: C): C => component;

function registerPostgres(container: Container, { config, logger }: Context): void {
  const make = () =>
    createPostgres<OrderDatabase>({
      url: config.postgresUrl,
      applicationName: NAME,
      logger,
      maxConnections: config.postgresConnections,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
  registerFactory(container, tokens.postgres, make, ({ check, close }) => ({ name: "postgres", check, stop: close }));
}

const brokerOf = ({ config: { kafkaBrokers, kafkaGroupProtocol, eventLogUrl }, logger }: Context): Broker =>
  createBroker({ kafkaBrokers, kafkaGroupProtocol, eventLogUrl, clientId: NAME, topics: TOPICS, logger });

function relayOf(get: Resolve, { config, logger }: Context): Relay {
  const broker = get(tokens.broker);
  const { toMessage } = createEventCodec(events);
  return createRelay({
    url: config.postgresUrl,
    send: (records) => broker.send(records.map(toMessage)),
    logger,
    failpoint: get(tokens.failpoint),
  });
}

/** After a commit: an event waits in the outbox. */
function changed(relay: Relay): OnChanged {
  return (decision) => {
    countChanges(decision);
    relay.wake();
  };
}

function consumerOf(get: Resolve, { config, logger }: Context): Consumer {
  const scope = { waits: config, onChanged: get(tokens.onChanged), logger };
  return createConsumer({
    name: NAME,
    registry: events,
    broker: get(tokens.broker),
    postgres: get(tokens.postgres),
    handlers: eventHandlers<OrderDatabase>((context) => new PostgresEventScope(context, scope)),
    logger,
    failpoint: get(tokens.failpoint),
  });
}

function registerNeighbours(container: Container, { config, logger }: Context, neighbours?: Neighbours): void {
  if (neighbours !== undefined) {
    registerFactory(container, tokens.inventory, () => neighbours.inventory);
    registerFactory(container, tokens.payment, () => neighbours.payment);
    return;
  }
  const identity = serviceIdentity({
    signer: createIdentitySigner({ privateJwk: config.identityKey }),
    callee: "payment",
  });
  const remote = (wanted: Token<Transport>, options: Pick<RpcTransportOptions, "baseUrl" | "identity">): void => {
    const transport = createRpcTransport({ ...options, policies: rpcPolicies, logger });
    const stop = async (): Promise<void> => transport.close();
    registerFactory(
      container,
      wanted,
      () => transport,
      () => ({ name: wanted.key.description ?? "neighbour", stop }),
    );
  };
  remote(tokens.inventory, { baseUrl: config.inventoryUrl });
  remote(tokens.payment, { baseUrl: config.paymentUrl, identity });
}

function useCaseNeeds(get: Resolve, { config }: Context): UseCaseNeeds {
  const { db } = get(tokens.postgres);
  const store = new PostgresOrderStore({ db, waits: config, onChanged: get(tokens.onChanged) });
  return {
    store,
    catalog: new ConnectPartsCatalog(createClient(InventoryService, get(tokens.inventory))),
    payment: new ConnectPaymentGateway(createClient(PaymentService, get(tokens.payment))),
    settle: createSettlePayment(store),
    clock: systemClock,
    failpoint: get(tokens.failpoint),
  };
}

function sweeperOf(needs: UseCaseNeeds, { config, logger }: Context): Worker {
  const sweep = new Sweep({
    ...needs,
    batch: SWEEP_BATCH,
    onFailure: ({ orderUuid }, err) =>
      logger.warn({ err, order_uuid: orderUuid }, "the sweep could not finish an order"),
    onExpiryLag: (lagMs) => gauge("orderExpiryLag", lagMs / 1000),
  });
  return createSweeper({ sweep, intervalMs: config.sweepIntervalMs, logger });
}

/** Has nothing to do but behind the upgrade that brought events. */
function tellerOf(get: Resolve, { logger }: Context): Worker {
  const postgres = get(tokens.postgres);
  const relay = get(tokens.relay);
  return createWorker({
    name: "teller",
    intervalMs: TELL_INTERVAL_MS,
    logger,
    run: async () => {
      const orders = await tellUntoldOrders(postgres, TELL_BATCH);
      if (orders > 0) logger.info({ orders }, "told of orders from before changes had events");
      if (orders > 0) relay.wake();
      return { more: orders === TELL_BATCH };
    },
  });
}

function hostOf(needs: UseCaseNeeds, postgres: Postgres<OrderDatabase>, { config, logger }: Context): HttpHost {
  const api = createOrderApi({
    create: new CreateOrder(needs),
    pay: new PayOrder(needs),
    cancel: new CancelOrder(needs),
    store: needs.store,
    queries: new PostgresOrderQueries(postgres),
  });
  return createHttpHost({
    name: "http",
    host: config.host,
    port: config.httpPort,
    routes: orderContract(api),
    logger,
    verifier: createIdentityVerifier({ service: NAME, jwks: config.identityJwks, jwksUrl: config.identityJwksUrl }),
    answers: config.responseCheck,
    rateLimits: config.rateLimits,
    inScope: runInCallScope,
  });
}
