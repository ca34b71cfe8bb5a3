import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import pg from "pg";
import { onTestFinished } from "vitest";
import { type Broker, createLogBroker, type LogBrokerOptions } from "../src/index.ts";

/** A broker on this database; stopped when the test is over. */
export async function aLogBroker(options: Partial<LogBrokerOptions> & Pick<LogBrokerOptions, "url">): Promise<Broker> {
  const broker = createLogBroker({ clientId: "test", topics: [], logger: silentLogger, ...options });
  onTestFinished(() => broker.stop());
  await broker.start();
  return broker;
}

/** A connection beside the broker's. */
export async function aClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: "beside" });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A database, a started broker and a topic. */
export async function aLog({ partitions = 4, ...options }: Partial<LogBrokerOptions> & { partitions?: number } = {}) {
  const { url } = await testDatabase();
  const broker = await aLogBroker({ url, ...options });
  await broker.admin.createTopics([{ name: "topic", partitions }]);
  return { url, broker, client: await aClient(url) };
}

/** Messages with the texts from `from` to before `to`. */
export const texts = (from: number, to: number, keys = 20) =>
  Array.from({ length: to - from }, (_, n) => ({
    topic: "topic",
    key: `key-${(from + n) % keys}`,
    headers: {},
    value: Buffer.from(String(from + n)),
  }));
