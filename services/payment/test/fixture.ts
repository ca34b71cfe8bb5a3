import { type Broker, createMemoryBroker } from "@gantry/messaging";
import { type Component, createLifecycle } from "@gantry/runtime";
import { createLogger } from "@gantry/telemetry";
import { type TestIdentity, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { compose, migrateDatabase } from "../src/compose.ts";
import { type PaymentConfig, paymentConfig } from "../src/config.ts";

export const aConfig = (
  postgresUrl: string,
  identity: TestIdentity,
  more: Readonly<Record<string, string>> = {},
): PaymentConfig => paymentConfig.load({ ...identity.env("payment"), PAYMENT_POSTGRES_URL: postgresUrl, ...more });

export interface RunningService {
  readonly url: string;
  readonly postgresUrl: string;
  readonly broker: Broker;
  readonly identity: TestIdentity;
  /** The lines logged so far with this message. */
  logged(message: string): readonly Record<string, unknown>[];
}

/** The whole service in this process, on a database and a broker of its own and a free port. Stopped after the file. */
export async function aService(settings: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const identity = testIdentity();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "payment", destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const { url: postgresUrl } = await testDatabase();
  const context = { config: aConfig(postgresUrl, identity, settings), logger };
  await migrateDatabase(context);
  const broker = createMemoryBroker({ partitions: 3 });
  const components = compose(context, broker);
  const lifecycle = createLifecycle({ components, logger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  const logged = (wanted: string) => lines.filter(({ message }) => message === wanted);
  return { url: `http://127.0.0.1:${portOf(components)}`, postgresUrl, broker, identity, logged };
}

const portOf = (components: readonly Component[]): number =>
  components.find(({ name }) => name === "rpc")?.port ?? Number.NaN;
