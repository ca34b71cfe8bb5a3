import { type Devstack, newCustomer, startDevstack } from "@gantry/devstack";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { tempDir } from "@gantry/testing";
import { inherited } from "./config.ts";

type OrderClient = ReturnType<typeof createOrderClient>;

/** The whole system in processes of its own, on durable PostgreSQL, as the benchmarks of whole paths use it. */
export interface BenchSystem extends AsyncDisposable {
  readonly stack: Devstack;
  /** Ids of parts that exist. */
  readonly partUuids: readonly string[];
  /** What carries the events, for titles. */
  readonly carrier: string;
  person(): Promise<BenchPerson>;
}

/** Somebody who orders. */
export interface BenchPerson {
  readonly headers: Readonly<Record<string, string>>;
  readonly orders: OrderClient;
}

/** Starts it without the rates of the contract: a benchmark asks more often than a person may. */
export async function startBenchSystem(env: Readonly<Record<string, string>> = {}): Promise<BenchSystem> {
  const directory = await tempDir("gantry-bench-");
  const stack = await startDevstack({
    directory: directory.path,
    durable: true,
    env: { LOG_LEVEL: "warn", ...env },
    serviceEnv: {
      gateway: { GATEWAY_RATE_LIMITS: "false", GATEWAY_SESSION_TIMEOUT_MS: "3000" },
      iam: { IAM_THROTTLES: "false" },
      order: { ORDER_RATE_LIMITS: "false" },
    },
  });
  const { gateway } = stack;
  const person = async (): Promise<BenchPerson> => {
    const { headers } = await newCustomer(gateway);
    return { headers, orders: createOrderClient({ baseUrl: gateway, headers }) };
  };
  const { headers } = await person();
  return {
    stack,
    person,
    partUuids: await listParts(gateway, headers),
    carrier: inherited.KAFKA_BROKERS === undefined ? "embedded log" : "Kafka",
    async [Symbol.asyncDispose]() {
      await stack.stop();
      await directory.remove();
    },
  };
}

async function listParts(baseUrl: string, headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const response = await fetch(`${baseUrl}/gantry.inventory.v1.InventoryService/ListParts`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ page: { pageSize: 2 } }),
  });
  const { parts } = (await response.json()) as { readonly parts: readonly { readonly partUuid: string }[] };
  return parts.map(({ partUuid }) => partUuid);
}
