import { availableParallelism } from "node:os";
import type { Failpoints } from "@gantry/failpoints";
import { createIdentitySigner } from "@gantry/identity";
import type { Clock } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { Logger } from "@gantry/telemetry";
import type { IamTables } from "./adapters/iam-tables.ts";
import { Argon2Hasher } from "./adapters/password-hasher.argon2.ts";
import { PostgresRevocations } from "./adapters/revocations.postgres.ts";
import { PostgresThrottleStore } from "./adapters/throttle-store.postgres.ts";
import { PostgresUserStore } from "./adapters/user-store.postgres.ts";
import type { AuthUseCases } from "./api/auth-rpc.ts";
import type { UserUseCases } from "./api/user-rpc.ts";
import { ChangePassword } from "./app/change-password.ts";
import { CheckSession } from "./app/check-session.ts";
import { IssueIdentity } from "./app/issue-identity.ts";
import { LiveSessions } from "./app/live-sessions.ts";
import { LogIn } from "./app/log-in.ts";
import { LogOut } from "./app/log-out.ts";
import { LogOutEverywhere } from "./app/log-out-everywhere.ts";
import type { SessionStore } from "./app/ports.ts";
import { ProvePassword } from "./app/prove-password.ts";
import { Register } from "./app/register.ts";
import { ThrottleLogins, unthrottled } from "./app/throttle-logins.ts";
import { WhoAmI } from "./app/who-am-i.ts";
import type { IamConfig } from "./config.ts";

/** What the use cases stand on. */
export interface Foundation {
  readonly config: IamConfig;
  readonly logger: Logger;
  readonly postgres: Postgres<IamTables>;
  readonly sessions: SessionStore;
  readonly failpoints: Failpoints;
  readonly clock: Clock;
}

/** What the two services of the contract are made of. */
export function useCases(foundation: Foundation): { readonly auth: AuthUseCases; readonly user: UserUseCases } {
  const { config, logger, postgres, sessions, failpoints, clock } = foundation;
  const users = new PostgresUserStore(postgres, failpoints);
  const revocations = new PostgresRevocations(postgres, failpoints);
  const live = new LiveSessions(sessions, revocations, clock);
  const hasher = passwordHasher(config);
  const provePassword = new ProvePassword(loginThrottle(foundation));
  const shared = { users, sessions, hasher, provePassword, clock, logger };
  return {
    auth: {
      logIn: new LogIn({ ...shared, sessionLifeMs: config.sessionLifeMs }),
      logOut: new LogOut(revocations, sessions, clock, logger),
      logOutEverywhere: new LogOutEverywhere(revocations, sessions, clock),
      whoAmI: new WhoAmI(users, live),
      checkSession: new CheckSession(live, issueIdentity(foundation), config.sessionCacheMs, clock),
      live,
    },
    user: {
      register: new Register(users, hasher, clock),
      changePassword: new ChangePassword({ ...shared, live }),
      users,
      clock,
    },
  };
}

/** More hashes at once than there are cores would not be done sooner, and would take the event loop's share too. */
function passwordHasher({ hashMemoryKib, hashIterations, hashConcurrency, hashQueue }: IamConfig): Argon2Hasher {
  const cost = { memoryKib: hashMemoryKib, iterations: hashIterations };
  const concurrency = Math.min(hashConcurrency, availableParallelism());
  return new Argon2Hasher(cost, { concurrency, queue: hashQueue });
}

const loginThrottle = ({ config, postgres, clock }: Foundation) =>
  config.throttles ? new ThrottleLogins(new PostgresThrottleStore(postgres), clock) : unthrottled;

function issueIdentity({ config, clock }: Foundation): IssueIdentity {
  const { usersKey: privateJwk, identityTtlSec: ttlSec } = config;
  return new IssueIdentity(createIdentitySigner({ privateJwk, ttlSec, clock }).user, ttlSec, clock);
}
