import { createClient, type Transport } from "@connectrpc/connect";
import { rpcPolicies, sensitiveFields } from "@gantry/gen/policy/policy";
import { AuthService } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { createRpcTransport, type IdentitySource } from "@gantry/rpc";
import { type Component, createLifecycle } from "@gantry/runtime";
import { createLogger, type LogLevel, silentLogger } from "@gantry/telemetry";
import { type TestIdentity, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll } from "vitest";
import type { SessionStore } from "../src/app/session-store.ts";
import { compose, migrateDatabase } from "../src/compose.ts";
import { type IamConfig, iamConfig } from "../src/config.ts";
import { redisUrl } from "./config.ts";

type Settings = Readonly<Record<string, string>>;

/** The services that IAM knows of in tests. */
const services = ["iam", "gateway", "order", "notification"];

export const anIdentity = (): TestIdentity => testIdentity(services);

/** What the service reads from its environment. */
export const environment = (postgresUrl: string, identity: TestIdentity, more: Settings = {}): Settings => ({
  ...identity.env("iam"),
  IAM_USERS_KEY: JSON.stringify(identity.privateJwk("users")),
  IAM_POSTGRES_URL: postgresUrl,
  ...more,
});

export const aConfig = (postgresUrl: string, identity: TestIdentity, more: Settings = {}): IamConfig =>
  iamConfig.load(environment(postgresUrl, identity, more));

export interface RunningService {
  readonly url: string;
  readonly postgresUrl: string;
  readonly identity: TestIdentity;
  /** Every line logged so far. */
  readonly lines: readonly string[];
}

export interface ServiceOptions {
  readonly settings?: Settings;
  readonly logLevel?: LogLevel;
  /** In place of the one that the settings name. */
  readonly sessions?: SessionStore;
}

/** The whole service in this process, on a database of its own and a free port. Stopped after the file. */
export async function aService({
  settings = {},
  logLevel = "info",
  sessions,
}: ServiceOptions = {}): Promise<RunningService> {
  const identity = anIdentity();
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ service: "iam", level: logLevel, sensitiveFields, destination });
  const { url: postgresUrl } = await testDatabase();
  const context = { config: aConfig(postgresUrl, identity, settings), logger };
  await migrateDatabase(context);
  const components = compose(context, sessions);
  const lifecycle = createLifecycle({ components, logger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  return { url: `http://127.0.0.1:${portOf(components)}`, postgresUrl, identity, lines };
}

/** The stores of sessions that there are. */
export const stores: readonly { readonly store: string; readonly settings: Settings }[] = [
  { store: "PostgreSQL", settings: {} },
  ...(redisUrl === undefined ? [] : [{ store: "Redis", settings: { REDIS_URL: redisUrl } }]),
];

/** A service on each of them. */
export const onEachStore = (): Promise<readonly (RunningService & { readonly store: string })[]> =>
  Promise.all(stores.map(async ({ store, settings }) => ({ store, ...(await aService({ settings })) })));

const portOf = (components: readonly Component[]): number =>
  components.find(({ name }) => name === "rpc")?.port ?? Number.NaN;

/** Clients of a running service over its real port, as seen from a network address. Closed after the file. */
export function clientsOf(baseUrl: string, identity: IdentitySource, address = "203.0.113.7") {
  const transport = createRpcTransport({ baseUrl, policies: rpcPolicies, identity, logger: silentLogger });
  afterAll(() => transport.close());
  const from: Transport = {
    ...transport,
    unary(method, signal, timeoutMs, header, input, values) {
      const headers = new Headers(header);
      headers.set("x-forwarded-for", address);
      return transport.unary(method, signal, timeoutMs, headers, input, values);
    },
  };
  return { auth: createClient(AuthService, from), users: createClient(UserService, from) };
}
