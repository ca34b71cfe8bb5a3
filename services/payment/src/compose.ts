import { createFailpoints } from "@gantry/failpoints";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { createIdentityVerifier } from "@gantry/identity";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { createRpcServer, type RpcServer } from "@gantry/rpc";
import {
  type Component,
  componentsOf,
  createContainer,
  registerFactory,
  resolve,
  type ServiceContext,
  token,
} from "@gantry/runtime";
import { type PaymentTables, PostgresDecisionStore } from "./adapters/decision-store.postgres.ts";
import { paymentRoutes } from "./api/payment-rpc.ts";
import { PayOrder } from "./app/pay-order.ts";
import type { DecisionStore } from "./app/ports.ts";
import { VoidPayment } from "./app/void-payment.ts";
import type { PaymentConfig } from "./config.ts";

const NAME = "payment";
/** Below the 5 s that a caller may wait for a payment. */
const STATEMENT_TIMEOUT_MS = 3000;

const tokens = {
  postgres: token<Postgres<PaymentTables>>("postgres"),
  decisions: token<DecisionStore>("decisions"),
  payOrder: token<PayOrder>("payOrder"),
  voidPayment: token<VoidPayment>("voidPayment"),
  rpc: token<RpcServer>("rpc"),
};

/** The parts of this service, in the order in which they start. */
export function compose({ config, logger }: ServiceContext<PaymentConfig>): readonly Component[] {
  const container = createContainer();

  registerFactory(
    container,
    tokens.postgres,
    () =>
      createPostgres<PaymentTables>({
        url: config.postgresUrl,
        applicationName: NAME,
        logger,
        maxConnections: config.postgresConnections,
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      }),
    ({ check, close }) => ({ name: "postgres", check, stop: close }),
  );
  registerFactory(
    container,
    tokens.decisions,
    (get) => new PostgresDecisionStore(get(tokens.postgres), createFailpoints(config.failpoints)),
  );
  registerFactory(container, tokens.payOrder, (get) => new PayOrder(get(tokens.decisions), logger));
  registerFactory(container, tokens.voidPayment, (get) => new VoidPayment(get(tokens.decisions), logger));
  registerFactory(
    container,
    tokens.rpc,
    (get) =>
      createRpcServer({
        service: NAME,
        host: config.host,
        port: config.rpcPort,
        logger,
        policies: rpcPolicies,
        verifier: createIdentityVerifier({ jwks: config.identityJwks }),
        checks: [{ name: "postgres", check: get(tokens.postgres).check }],
        routes: paymentRoutes({
          payOrder: get(tokens.payOrder),
          voidPayment: get(tokens.voidPayment),
          decisions: get(tokens.decisions),
        }),
      }),
    (server) => server,
  );

  resolve(container, tokens.rpc);
  return componentsOf(container);
}

export async function migrateDatabase({ config, logger }: ServiceContext<PaymentConfig>): Promise<void> {
  await migrate({ url: config.postgresUrl, directory: new URL("../migrations/", import.meta.url), logger });
}
