import { type Devstack, startDevstack } from "@gantry/devstack";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { IDENTITY_HEADER } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { tempDir } from "@gantry/testing";
import pg from "pg";

type OrderClient = ReturnType<typeof createOrderClient>;

/** One person as the system knows them. */
export interface Person {
  readonly userUuid: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly orders: OrderClient;
}

/** The whole system in processes of its own, with what tests look at behind its back. */
export interface System extends AsyncDisposable {
  readonly stack: Devstack;
  person(): Promise<Person>;
  /** The engine of the seeded catalogue that every test orders. */
  partUuid(): Promise<string>;
  /** Creates an order of one part, unpaid. */
  pendingOrder(person: Person): Promise<string>;
  query<Row extends pg.QueryResultRow>(
    database: "order" | "payment",
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

export interface SystemOptions {
  /** Whether order keeps the rates of the contract; off for tests that ask more often than a person may. */
  readonly rateLimits?: boolean;
}

/** Sweeps at once instead of after seconds, so that tests of crashes are about what happens and not about waiting. */
const quick = { ORDER_PAYMENT_GRACE_MS: "300", ORDER_SWEEP_INTERVAL_MS: "50" };

export async function startSystem({ rateLimits = false }: SystemOptions = {}): Promise<System> {
  const directory = await tempDir("gantry-e2e-");
  const stack = await startDevstack({
    directory: directory.path,
    serviceEnv: { order: { ...quick, ORDER_RATE_LIMITS: String(rateLimits) } },
  });
  const pools = new Map<string, pg.Pool>();
  const pool = (database: string): pg.Pool => {
    const known = pools.get(database) ?? new pg.Pool({ connectionString: stack.postgres?.url(database) ?? "", max: 2 });
    // A killed server takes idle connections with it; the next query opens another.
    if (!pools.has(database)) known.on("error", () => undefined);
    pools.set(database, known);
    return known;
  };

  const system: System = {
    stack,
    async person() {
      const userUuid = uuidv7();
      const headers = { [IDENTITY_HEADER]: await stack.identity.token(userUuid) };
      return { userUuid, headers, orders: createOrderClient({ baseUrl: stack.urls.order ?? "", headers }) };
    },
    async partUuid() {
      const { headers } = await system.person();
      const response = await fetch(`${stack.urls.inventory}/gantry.inventory.v1.InventoryService/ListParts`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ filter: { categories: ["CATEGORY_ENGINE"] }, page: { pageSize: 1 } }),
      });
      const { parts } = (await response.json()) as { parts: { partUuid: string }[] };
      if (parts[0] === undefined) throw new Error("the catalogue has no engine");
      return parts[0].partUuid;
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
      await directory.remove();
    },
  };
  return system;
}
