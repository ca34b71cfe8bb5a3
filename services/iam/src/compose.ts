import { createFailpoints, type Failpoints } from "@gantry/failpoints";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { createIdentitySigner, createIdentityVerifier } from "@gantry/identity";
import { systemClock } from "@gantry/kernel";
import { createPostgres, migrate, type Postgres } from "@gantry/postgres";
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
import { Argon2Hasher } from "./adapters/password-hasher.argon2.ts";
import { PostgresRetention } from "./adapters/retention.postgres.ts";
import { PostgresRevocations } from "./adapters/revocations.postgres.ts";
import { PostgresSessionStore } from "./adapters/session-store.postgres.ts";
import { PostgresThrottleStore } from "./adapters/throttle-store.postgres.ts";
import { PostgresUserStore } from "./adapters/user-store.postgres.ts";
import { authRoutes } from "./api/auth-rpc.ts";
import { userRoutes } from "./api/user-rpc.ts";
import { ChangePassword } from "./app/change-password.ts";
import { CheckSession } from "./app/check-session.ts";
import { IssueIdentity } from "./app/issue-identity.ts";
import { LiveSessions } from "./app/live-sessions.ts";
import { LogIn } from "./app/log-in.ts";
import { LogOut } from "./app/log-out.ts";
import { LogOutEverywhere } from "./app/log-out-everywhere.ts";
import type { PasswordHasher, Revocations, SessionStore, UserStore } from "./app/ports.ts";
import { ProvePassword } from "./app/prove-password.ts";
import { Register } from "./app/register.ts";
import { ThrottleLogins, unthrottled } from "./app/throttle-logins.ts";
import { WhoAmI } from "./app/who-am-i.ts";
import type { IamConfig } from "./config.ts";

const NAME = "iam";
/** Gateways wait a second for the check of a session; what takes longer than that has failed. */
const STATEMENT_TIMEOUT_MS = 2000;
const IDLE_TIMEOUT_MS = 5000;
/** How often what is over is deleted. It means nothing by then, so this is only about space. */
const SWEEP_INTERVAL_MS = 60_000;

const tokens = {
  postgres: token<Postgres<IamTables>>("postgres"),
  failpoints: token<Failpoints>("failpoints"),
  users: token<UserStore>("users"),
  revocations: token<Revocations>("revocations"),
  sessions: token<SessionStore>("sessions"),
  live: token<LiveSessions>("live sessions"),
  hasher: token<PasswordHasher>("password hasher"),
  provePassword: token<ProvePassword>("prove password"),
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
  registerStores(container, context, given);
  registerPasswords(container, context);
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
  registerFactory(container, tokens.failpoints, () => createFailpoints(config.failpoints));
}

function registerStores(container: Container, { config }: Context, given: SessionStore | undefined): void {
  registerFactory(
    container,
    tokens.users,
    (get) => new PostgresUserStore(get(tokens.postgres), get(tokens.failpoints)),
  );
  registerFactory(
    container,
    tokens.revocations,
    (get) => new PostgresRevocations(get(tokens.postgres), get(tokens.failpoints)),
  );
  registerFactory(
    container,
    tokens.sessions,
    (get) => given ?? new PostgresSessionStore(get(tokens.postgres), config.sessionIdleMs),
  );
  registerFactory(
    container,
    tokens.live,
    (get) => new LiveSessions(get(tokens.sessions), get(tokens.revocations), clock),
  );
}

function registerPasswords(container: Container, { config }: Context): void {
  registerFactory(container, tokens.hasher, () => {
    const cost = { memoryKib: config.hashMemoryKib, iterations: config.hashIterations };
    return new Argon2Hasher(cost, { concurrency: config.hashConcurrency, queue: config.hashQueue });
  });
  registerFactory(container, tokens.provePassword, (get) => {
    const throttle = config.throttles
      ? new ThrottleLogins(new PostgresThrottleStore(get(tokens.postgres)), clock)
      : unthrottled;
    return new ProvePassword(get(tokens.hasher), throttle);
  });
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

function serveRpc(get: Resolve, context: Context): RpcServer {
  const { config, logger } = context;
  const auth = authRoutes(authUseCases(get, context));
  const users = userRoutes(userUseCases(get, context));
  return createRpcServer({
    service: NAME,
    host: config.host,
    port: config.rpcPort,
    logger,
    policies: rpcPolicies,
    verifier: createIdentityVerifier({ service: NAME, jwks: config.identityJwks }),
    checks: [{ name: "postgres", check: get(tokens.postgres).check }],
    routes: (router) => {
      auth(router);
      users(router);
    },
  });
}

function authUseCases(get: Resolve, { config, logger }: Context) {
  const users = get(tokens.users);
  const revocations = get(tokens.revocations);
  const sessions = get(tokens.sessions);
  const live = get(tokens.live);
  const signer = createIdentitySigner({ privateJwk: config.usersKey, ttlSec: config.identityTtlSec, clock });
  const issue = new IssueIdentity(signer.user, config.identityTtlSec, clock);
  return {
    logIn: new LogIn({
      users,
      sessions,
      hasher: get(tokens.hasher),
      provePassword: get(tokens.provePassword),
      sessionLifeMs: config.sessionLifeMs,
      clock,
      logger,
    }),
    logOut: new LogOut(revocations, sessions, clock, logger),
    logOutEverywhere: new LogOutEverywhere(revocations, sessions, clock),
    whoAmI: new WhoAmI(users, live),
    checkSession: new CheckSession(live, issue, config.sessionCacheMs, clock),
    live,
  };
}

function userUseCases(get: Resolve, { logger }: Context) {
  const users = get(tokens.users);
  const hasher = get(tokens.hasher);
  const changePassword = new ChangePassword({
    users,
    sessions: get(tokens.sessions),
    live: get(tokens.live),
    hasher,
    provePassword: get(tokens.provePassword),
    clock,
    logger,
  });
  return { register: new Register(users, hasher, clock), changePassword, users, clock };
}

export async function migrateDatabase({ config, logger }: Context): Promise<void> {
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ url: config.postgresUrl, directory, logger });
}
