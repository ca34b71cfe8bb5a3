import { createClient, type Transport } from "@connectrpc/connect";
import { createFailpoints } from "@gantry/failpoints";
import { orderContract } from "@gantry/gen/openapi/order/server";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { createHttpHost, type HttpHost } from "@gantry/http";
import { createIdentitySigner, createIdentityVerifier, serviceIdentity } from "@gantry/identity";
import { type Clock, systemClock } from "@gantry/kernel";
import { createPostgres, type Postgres } from "@gantry/postgres";
import { createRpcTransport, type RpcTransportOptions } from "@gantry/rpc";
import {
  type Component,
  componentsOf,
  createContainer,
  type Resolve,
  registerFactory,
  resolve,
  type ServiceContext,
  type Token,
  token,
} from "@gantry/runtime";
import { PostgresOrderQueries } from "./adapters/order-queries.postgres.ts";
import { PostgresOrderStore } from "./adapters/order-store.postgres.ts";
import type { OrderDatabase } from "./adapters/order-tables.ts";
import { ConnectPartsCatalog } from "./adapters/parts-catalog.connect.ts";
import { ConnectPaymentGateway } from "./adapters/payment-gateway.connect.ts";
import { createOrderApi } from "./api/order-http.ts";
import { Sweeper } from "./api/sweeper.ts";
import { CancelOrder } from "./app/cancel-order.ts";
import { CreateOrder } from "./app/create-order.ts";
import { PayOrder } from "./app/pay-order.ts";
import type { Failpoint, OrderStore, PartsCatalog, PaymentGateway } from "./app/ports.ts";
import { createSettlePayment, type SettlePayment } from "./app/settle-payment.ts";
import { Sweep } from "./app/sweep.ts";
import type { OrderConfig } from "./config.ts";
import type { Order } from "./domain/order.ts";

const NAME = "order";
/** Below the shortest deadline of the contract, so that a client hears of a slow database and not of silence. */
const STATEMENT_TIMEOUT_MS = 4000;
/** How many unfinished payments one round of the sweeper takes up. */
const SWEEP_BATCH = 50;

const tokens = {
  postgres: token<Postgres<OrderDatabase>>("postgres"),
  inventory: token<Transport>("inventory"),
  payment: token<Transport>("payment"),
  needs: token<UseCaseNeeds>("needs"),
  sweeper: token<Sweeper>("sweeper"),
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
}

/** The parts of this service, in the order in which they start. */
export function compose(context: Context, neighbours?: Neighbours): readonly Component[] {
  const container = createContainer();
  registerPostgres(container, context);
  registerNeighbours(container, context, neighbours);
  registerFactory(container, tokens.needs, (get) => useCaseNeeds(get, context));
  registerFactory(container, tokens.sweeper, (get) => createSweeper(get(tokens.needs), context), itself);
  registerFactory(
    container,
    tokens.http,
    (get) => createHost(get(tokens.needs), get(tokens.postgres), context),
    itself,
  );
  resolve(container, tokens.sweeper);
  resolve(container, tokens.http);
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

function registerNeighbours(container: Container, { config, logger }: Context, neighbours?: Neighbours): void {
  if (neighbours !== undefined) {
    registerFactory(container, tokens.inventory, () => neighbours.inventory);
    registerFactory(container, tokens.payment, () => neighbours.payment);
    return;
  }
  const identity = serviceIdentity(createIdentitySigner({ privateJwk: config.identityKey }));
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
  const store = new PostgresOrderStore({ postgres: get(tokens.postgres), paymentGraceMs: config.paymentGraceMs });
  const failpoints = createFailpoints(config.failpoints);
  return {
    store,
    catalog: new ConnectPartsCatalog(createClient(InventoryService, get(tokens.inventory))),
    payment: new ConnectPaymentGateway(createClient(PaymentService, get(tokens.payment))),
    settle: createSettlePayment(store, systemClock),
    clock: systemClock,
    failpoint: (name) => failpoints.hit(name),
  };
}

function createSweeper(needs: UseCaseNeeds, { config, logger }: Context): Sweeper {
  const onFailure = ({ orderUuid }: Order, err: unknown): void =>
    logger.warn({ err, order_uuid: orderUuid }, "the sweep could not finish a payment");
  const sweep = new Sweep({ ...needs, batch: SWEEP_BATCH, onFailure });
  return new Sweeper({ sweep, intervalMs: config.sweepIntervalMs, logger });
}

function createHost(needs: UseCaseNeeds, postgres: Postgres<OrderDatabase>, { config, logger }: Context): HttpHost {
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
    verifier: createIdentityVerifier({ jwks: config.identityJwks }),
    answers: config.responseCheck,
    rateLimits: config.rateLimits,
  });
}
