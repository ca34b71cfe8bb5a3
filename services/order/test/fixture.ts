import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import type { Environment } from "@gantry/config";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Category } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { PaymentDecision } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { createIdentitySigner, createIdentityVerifier, IDENTITY_HEADER, type Principal } from "@gantry/identity";
import { AppError, uuidv7 } from "@gantry/kernel";
import { createMemoryBroker } from "@gantry/messaging";
import { createPostgres, inboxTables, migrate, outboxTables } from "@gantry/postgres";
import { createLocalRpcTransport, principalOf } from "@gantry/rpc";
import { type Component, createLifecycle } from "@gantry/runtime";
import { createLogger } from "@gantry/telemetry";
import { type TestIdentity, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import type { OrderDatabase } from "../src/adapters/order-tables.ts";
import { compose } from "../src/compose.ts";
import { type OrderConfig, orderConfig } from "../src/config.ts";

export const engineUuid = uuidv7();

export const aConfig = (postgresUrl: string, identity: TestIdentity, env: Environment = {}): OrderConfig =>
  orderConfig.load({
    ...identity.env("order"),
    ORDER_POSTGRES_URL: postgresUrl,
    ORDER_INVENTORY_URL: "http://127.0.0.1:1",
    ORDER_PAYMENT_URL: "http://127.0.0.1:1",
    EVENTS_POSTGRES_URL: "postgres://events:secret@127.0.0.1:1/events",
    ORDER_PAYMENT_GRACE_MS: "100",
    ORDER_SWEEP_INTERVAL_MS: "20",
    ORDER_RATE_LIMITS: "false",
    ...env,
  });

/** Neighbours of a few lines each, behind the same rules as the real ones: policies, identity, validation. */
class Neighbours {
  /** What the payment service decided, by order. */
  readonly decisions = new Map<string, string | "VOID">();
  /** Thrown by every neighbour while it is set. */
  broken: Error | undefined;
  /** Who called them, and how many milliseconds they were given. */
  readonly calls: { readonly method: string; readonly caller: Principal | undefined; readonly timeoutMs: number }[] =
    [];

  readonly inventory = (router: ConnectRouter): void => {
    router.service(InventoryService, {
      listParts: ({ filter }, context) => {
        this.#note(context);
        if (this.broken) throw this.broken;
        return { parts: filter?.partUuids.includes(engineUuid) ? [engine] : [], page: {} };
      },
    });
  };

  readonly payment = (router: ConnectRouter): void => {
    router.service(PaymentService, {
      payOrder: ({ orderUuid }, context) => {
        this.#note(context);
        const decision = this.#decide(orderUuid, uuidv7());
        if (decision === "VOID") throw voided();
        return { transactionUuid: decision };
      },
      voidPayment: ({ orderUuid }, context) => {
        this.#note(context);
        const decision = this.#decide(orderUuid, "VOID");
        return decision === "VOID"
          ? { decision: PaymentDecision.VOIDED }
          : { decision: PaymentDecision.PAID, transactionUuid: decision };
      },
    });
  };

  #note(context: HandlerContext): void {
    const timeoutMs = context.timeoutMs() ?? Number.POSITIVE_INFINITY;
    this.calls.push({ method: context.method.name, caller: principalOf(context), timeoutMs });
  }

  #decide(orderUuid: string, wanted: string): string {
    const decision = this.decisions.get(orderUuid) ?? wanted;
    this.decisions.set(orderUuid, decision);
    if (this.broken) throw this.broken;
    return decision;
  }
}

const voided = (): AppError =>
  new AppError({ kind: "failed_precondition", reason: "PAYMENT_VOIDED", message: "The order was voided." });
export const unreachable = (): AppError =>
  new AppError({ kind: "unavailable", reason: "DATABASE_UNAVAILABLE", message: "secret address refused" });

const now = { seconds: 1_793_613_600n, nanos: 0 };
const engine = {
  partUuid: engineUuid,
  sku: "ENG-0042",
  name: "Vulcan main engine",
  price: { minor: 1_250_000n, currency: "USD" },
  stock: 3,
  category: Category.ENGINE,
  dimensions: { lengthCm: 320, widthCm: 180, heightCm: 180, weightKg: 1630 },
  manufacturer: { name: "Vulcan Works", country: "DE" },
  createdAt: now,
  updatedAt: now,
};

/** The whole service in this process: real database, real port, played neighbours. Stopped after the file. */
export async function aService(env: Environment = {}) {
  const identity = testIdentity();
  const { url } = await testDatabase();
  const config = aConfig(url, identity, env);
  const lines: string[] = [];
  const logger = createLogger({ service: "order", destination: { write: (line) => void lines.push(line) } });
  const neighbours = new Neighbours();
  const rulesOf = (service: string) => {
    const verifier = createIdentityVerifier({ service, jwks: identity.jwks });
    return { service, policies: rpcPolicies, verifier, logger };
  };
  const ownIdentity = () => createIdentitySigner({ privateJwk: config.identityKey }).service("payment");
  const broker = createMemoryBroker({ partitions: 12 });
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ url: config.postgresUrl, directory, logger, libraries: [outboxTables, inboxTables] });
  const components = compose(
    { config, logger },
    {
      broker,
      inventory: createLocalRpcTransport({ ...rulesOf("inventory"), routes: neighbours.inventory }),
      payment: createLocalRpcTransport({
        ...rulesOf("payment"),
        routes: neighbours.payment,
        identity: ownIdentity,
      }),
    },
  );
  const lifecycle = createLifecycle({ components, logger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  const baseUrl = `http://127.0.0.1:${portOf(components)}`;
  const client = async (userUuid = uuidv7()) =>
    createOrderClient({ baseUrl, headers: { [IDENTITY_HEADER]: await identity.user(userUuid) } });
  const postgres = createPostgres<OrderDatabase>({ url, applicationName: "test", logger });
  afterAll(() => postgres.close());
  return { neighbours, components, client, baseUrl, identity, broker, db: postgres.db, lines };
}

const portOf = (components: readonly Component[]): number =>
  components.find(({ name }) => name === "http")?.port ?? Number.NaN;
