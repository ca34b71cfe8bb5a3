import {
  type ConfigOf,
  defineConfig,
  drillSettings,
  durationMs,
  flag,
  identityKey,
  integer,
  port,
  postgresSettings,
  redisSettings,
  serviceSettings,
  setting,
} from "@gantry/config";

const DAY_MS = 86_400_000;

const settings = {
  ...serviceSettings("IAM"),
  rpcPort: setting({
    env: "IAM_RPC_PORT",
    schema: port().default(0),
    description: "The port of gRPC, gRPC-Web and Connect; 0 takes a free one.",
  }),
  ...postgresSettings("IAM", { connections: 10 }),
  ...redisSettings(),
  usersKey: setting({
    env: "IAM_USERS_KEY",
    schema: identityKey("IAM").schema,
    description: "The private key that signs people's identities, a JWK with the id users:<generation>.",
    secret: true,
  }),
  identityTtlSec: setting({
    env: "IAM_IDENTITY_TTL_SEC",
    schema: integer({ min: 10, max: 900 }).default(120),
    description: "Seconds that a signed identity lives; it outlives a log-out by that much at most.",
  }),
  sessionLifeMs: setting({
    env: "IAM_SESSION_LIFE_MS",
    schema: durationMs({ min: 1000, max: DAY_MS }).default(DAY_MS),
    description: "Milliseconds after which a session ends, however much it is used.",
  }),
  sessionIdleMs: setting({
    env: "IAM_SESSION_IDLE_MS",
    schema: durationMs({ min: 1000, max: DAY_MS }).default(7_200_000),
    description: "Milliseconds after which a session ends that nobody uses.",
  }),
  sessionCacheMs: setting({
    env: "IAM_SESSION_CACHE_MS",
    schema: durationMs({ min: 0, max: 5000 }).default(0),
    description: "Milliseconds that a good session is believed without being asked for again; 0 asks each time.",
  }),
  hashMemoryKib: setting({
    env: "IAM_HASH_MEMORY_KIB",
    schema: integer({ min: 19_456, max: 1_048_576 }).default(19_456),
    description: "KiB of memory that hashing a password takes.",
  }),
  hashIterations: setting({
    env: "IAM_HASH_ITERATIONS",
    schema: integer({ min: 2, max: 20 }).default(2),
    description: "How often hashing a password goes through that memory.",
  }),
  hashConcurrency: setting({
    env: "IAM_HASH_CONCURRENCY",
    schema: integer({ min: 1, max: 16 }).default(4),
    description: "Passwords that are hashed at once at most; never more than there are cores.",
  }),
  hashQueue: setting({
    env: "IAM_HASH_QUEUE",
    schema: integer({ min: 0, max: 1000 }).default(32),
    description: "Callers that may wait for a hash; further ones are refused.",
  }),
  throttles: setting({
    env: "IAM_THROTTLES",
    schema: flag().default(true),
    description: "Whether failed log-ins make the next ones wait; false only for load tests.",
  }),
  ...drillSettings(),
};

export const iamConfig = defineConfig("iam", settings);
export type IamConfig = ConfigOf<typeof settings>;
