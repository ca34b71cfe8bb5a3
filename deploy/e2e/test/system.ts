import { createClient } from "@connectrpc/connect";
import {
  type Customer,
  type Devstack,
  logIn,
  newCustomer,
  type Registration,
  startDevstack,
  transportTo,
} from "@gantry/devstack";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Category } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { startKafka } from "@gantry/infra";
import { tempDir } from "@gantry/testing";
import pg from "pg";
import { expect } from "vitest";
import { faultConfig } from "../src/faults/config.ts";
import { aChat } from "../src/people/a-chat.ts";
import { leaksOf, secretsOf } from "./secrets.ts";

type OrderClient = ReturnType<typeof createOrderClient>;

/** One person, registered and logged in, who knows nothing but the gateway. */
export interface Person extends Customer {
  readonly orders: OrderClient;
}

/**
 * The whole system in processes of its own, with what tests look at behind its back. Its end expects that no password, session
 * token, address or contact of anybody in the test stands in a log.
 */
export interface System extends AsyncDisposable {
  readonly stack: Devstack;
  /** Base URL of the gateway. */
  readonly gateway: string;
  /** Registers somebody new and logs them in. */
  person(wishes?: Partial<Registration>): Promise<Person>;
  /** Another session of somebody. */
  again(registration: Registration): Promise<Person>;
  /** The engine of the seeded catalogue that every test orders. */
  partUuid(): Promise<string>;
  /** Creates an order of one part, unpaid. */
  pendingOrder(person: Person): Promise<string>;
  query<Row extends pg.QueryResultRow>(database: string, sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface SystemOptions {
  /** More variables for single services; they win. */
  readonly serviceEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Sweeps at once instead of after seconds, so that tests of crashes are about what happens and not about waiting. */
const quick = { ORDER_PAYMENT_GRACE_MS: "300", ORDER_SWEEP_INTERVAL_MS: "50" };

/** Tests ask fifty times at once on a machine that is busy: what IAM's being slow does is shown where it is meant. */
const patient = { GATEWAY_SESSION_TIMEOUT_MS: "3000" };

/** Starts it without rates and throttles: tests ask more often than people may, all from one address. */
export async function startSystem({ serviceEnv = {} }: SystemOptions = {}): Promise<System> {
  const directory = await tempDir("gantry-e2e-");
  const kafka = faultConfig().startKafka ? await startKafka() : undefined;
  const stack = await startDevstack({
    directory: directory.path,
    env: kafka === undefined ? {} : { KAFKA_BROKERS: kafka.brokers },
    serviceEnv: {
      ...serviceEnv,
      gateway: { GATEWAY_RATE_LIMITS: "false", ...patient, ...serviceEnv.gateway },
      iam: { IAM_THROTTLES: "false", ...serviceEnv.iam },
      order: { ...quick, ORDER_RATE_LIMITS: "false", ...serviceEnv.order },
    },
  });
  const { gateway } = stack;
  let engine: Promise<string> | undefined;
  const pools = new Map<string, pg.Pool>();
  const pool = (database: string): pg.Pool => {
    const known = pools.get(database) ?? new pg.Pool({ connectionString: stack.postgres?.url(database) ?? "", max: 2 });
    // A killed server takes idle connections with it; the next query opens another.
    if (!pools.has(database)) known.on("error", () => undefined);
    pools.set(database, known);
    return known;
  };

  const secrets = new Set<string>();
  const personOf = (customer: Customer): Person => {
    for (const secret of secretsOf(customer)) secrets.add(secret);
    return { ...customer, orders: createOrderClient({ baseUrl: gateway, headers: customer.headers }) };
  };
  const readEngine = async ({ headers }: Person): Promise<string> => {
    const inventory = createClient(InventoryService, transportTo(gateway));
    const { parts } = await inventory.listParts(
      { filter: { categories: [Category.ENGINE] }, page: { pageSize: 1 } },
      { headers },
    );
    if (parts[0] === undefined) throw new Error("the catalogue has no engine");
    return parts[0].partUuid;
  };
  const system: System = {
    stack,
    gateway,
    person: async (wishes) => personOf(await newCustomer(gateway, { notificationMethods: [aChat()], ...wishes })),
    again: async (registration) => personOf(await logIn(gateway, registration)),
    async partUuid() {
      engine ??= system.person().then(readEngine);
      return await engine;
    },
    async pendingOrder({ orders }) {
      const { data, error } = await orders.POST("/orders", { body: { part_uuids: [await system.partUuid()] } });
      if (data === undefined) throw new Error(`no order: ${error.code} ${error.message}`);
      return data.order_uuid;
    },
    async query(database, sql, values = []) {
      const { rows } = await pool(database).query(sql, [...values]);
      return rows;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...pools.values()].map((each) => each.end()));
      await stack.stop();
      await kafka?.[Symbol.asyncDispose]();
      await directory.remove();
      expect(leaksOf(stack, secrets), "lines of logs with somebody's secret").toEqual([]);
    },
  };
  return system;
}
