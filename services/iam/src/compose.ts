import { createFailpoints, type Failpoints } from "@gantry/failpoints";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { createIdentityVerifier } from "@gantry/identity";
import { systemClock } from "@gantry/kernel";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
import { createRedis, type Redis } from "@gantry/redis";
import { createRpcServer, type RpcServer } from "@gantry/rpc";
import {
  type Component,
  componentsOf,
  createContainer,
  createWorker,
  type Resolve,
  registerFactory,
  resolve,
  type ServiceContext,
  token,
  type Worker,
} from "@gantry/runtime";
import type { IamTables } from "./adapters/iam-tables.ts";
import { PostgresRetention } from "./adapters/retention.postgres.ts";
import { PostgresSessionStore } from "./adapters/session-store.postgres.ts";
import { RedisSessionStore } from "./adapters/session-store.redis.ts";
import { authRoutes } from "./api/auth-rpc.ts";
import { userRoutes } from "./api/user-rpc.ts";
import type { SessionStore } from "./app/ports.ts";
import type { IamConfig } from "./config.ts";
import { useCases } from "./use-cases.ts";

const NAME = "iam";
/** A gateway waits less than a second for the check of a session; nothing else here takes long either. */
const STATEMENT_TIMEOUT_MS = 2000;
const IDLE_TIMEOUT_MS = 5000;
const REDIS_TIMEOUT_MS = 500;
/** How often what is over is deleted. It means nothing by then, so this is only about space. */
const SWEEP_INTERVAL_MS = 60_000;

const tokens = {
  postgres: token<Postgres<IamTables>>("postgres"),
  redis: token<Redis>("redis"),
  failpoints: token<Failpoints>("failpoints"),
  sessions: token<SessionStore>("sessions"),
  retention: token<Worker>("retention"),
  rpc: token<RpcServer>("rpc"),
};

type Container = ReturnType<typeof createContainer>;
type Context = ServiceContext<IamConfig>;

const clock = systemClock;

/**
 * The parts of this service, in the order in which they start.
 * @param given a store of sessions in place of the one that the configuration names
 */
export function compose(context: Context, given?: SessionStore): readonly Component[] {
  const container = createContainer();
  registerPostgres(container, context);
  registerRedis(container, context);
  registerFactory(container, tokens.failpoints, () => createFailpoints(context.config.failpoints));
  registerFactory(container, tokens.sessions, (get) => given ?? sessionStore(get, context));
  registerFactory(container, tokens.retention, (get) => sweep(get, context), itself);
  registerFactory(container, tokens.rpc, (get) => serveRpc(get, context), itself);
  for (const part of [tokens.postgres, tokens.retention, tokens.rpc]) resolve<unknown>(container, part);
  return componentsOf(container);
}

const itself = <C extends Component>(component: C): C => component;

function registerPostgres(container: Container, { config, logger }: Context): void {
  const make = () =>
    createPostgres<IamTables>({
      url: config.postgresUrl,
      applicationName: NAME,
      logger,
      maxConnections: config.postgresConnections,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      idleInTransactionTimeoutMs: IDLE_TIMEOUT_MS,
    });
  registerFactory(container, tokens.postgres, make, ({ check, close }) => ({ name: "postgres", check, stop: close }));
}

function registerRedis(container: Container, { config, logger }: Context): void {
  const { redisUrl: url } = config;
  if (url === undefined) return;
  const make = () => createRedis({ url, applicationName: NAME, logger, commandTimeoutMs: REDIS_TIMEOUT_MS });
  registerFactory(container, tokens.redis, make, itself);
}

function sessionStore(get: Resolve, { config: { redisUrl, sessionIdleMs } }: Context): SessionStore {
  if (redisUrl === undefined) return new PostgresSessionStore(get(tokens.postgres), sessionIdleMs);
  return new RedisSessionStore(get(tokens.redis), sessionIdleMs);
}

function sweep(get: Resolve, { logger }: Context): Worker {
  const retention = new PostgresRetention(get(tokens.postgres));
  return createWorker({
    name: "retention",
    intervalMs: SWEEP_INTERVAL_MS,
    logger,
    run: async () => ({ more: (await retention.sweep(clock.now())) > 0 }),
  });
}

function serveRpc(get: Resolve, { config, logger }: Context): RpcServer {
  const postgres = get(tokens.postgres);
  const sessions = get(tokens.sessions);
  const { auth, user } = useCases({
    config,
    logger,
    postgres,
    sessions,
    failpoints: get(tokens.failpoints),
    clock,
  });
  const routes = [authRoutes(auth), userRoutes(user)];
  return createRpcServer({
    service: NAME,
    host: config.host,
    port: config.rpcPort,
    logger,
    policies: rpcPolicies,
    verifier: createIdentityVerifier({ service: NAME, jwks: config.identityJwks }),
    checks: [
      { name: "postgres", check: postgres.check },
      ...(config.redisUrl === undefined ? [] : [get(tokens.redis)]),
    ],
    routes: (router) => {
      for (const register of routes) register(router);
    },
  });
}

export async function migrateDatabase({ config, logger }: Context): Promise<void> {
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ url: config.postgresUrl, directory, logger });
}
