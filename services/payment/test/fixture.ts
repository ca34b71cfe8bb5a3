import { type Component, createLifecycle } from "@gantry/runtime";
import { createLogger } from "@gantry/telemetry";
import { type TestIdentity, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import { compose, migrateDatabase } from "../src/compose.ts";
import { type PaymentConfig, paymentConfig } from "../src/config.ts";

export const aConfig = (postgresUrl: string, identity: TestIdentity): PaymentConfig =>
  paymentConfig.load({ ...identity.env("payment"), PAYMENT_POSTGRES_URL: postgresUrl });

export interface RunningService {
  readonly url: string;
  readonly postgresUrl: string;
  readonly identity: TestIdentity;
  /** The lines logged so far with this message. */
  logged(message: string): readonly Record<string, unknown>[];
}

/** The whole service in this process, on a database of its own and a port that the kernel chose. Stopped after the file. */
export async function aService(): Promise<RunningService> {
  const identity = testIdentity();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "payment", destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const { url: postgresUrl } = await testDatabase();
  const context = { config: aConfig(postgresUrl, identity), logger };
  await migrateDatabase(context);
  const components = compose(context);
  const lifecycle = createLifecycle({ components, logger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  const logged = (wanted: string) => lines.filter(({ message }) => message === wanted);
  return { url: `http://127.0.0.1:${portOf(components)}`, postgresUrl, identity, logged };
}

const portOf = (components: readonly Component[]): number =>
  components.find(({ name }) => name === "rpc")?.port ?? Number.NaN;
