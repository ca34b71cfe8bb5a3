import {
  type ConfigOf,
  choice,
  defineConfig,
  drillSettings,
  durationMs,
  eventSettings,
  flag,
  httpUrl,
  identityJwksUrl,
  identityKey,
  port,
  postgresSettings,
  serviceSettings,
  setting,
} from "@gantry/config";

const settings = {
  ...serviceSettings("ORDER"),
  identityJwksUrl: identityJwksUrl(),
  identityKey: identityKey("ORDER"),
  httpPort: setting({
    env: "ORDER_HTTP_PORT",
    schema: port().default(0),
    description: "The port of the HTTP API; 0 takes a free one.",
  }),
  ...postgresSettings("ORDER", { connections: 16 }),
  inventoryUrl: setting({
    env: "ORDER_INVENTORY_URL",
    schema: httpUrl(),
    description: "Where the inventory service listens.",
    example: "http://127.0.0.1:8082",
  }),
  paymentUrl: setting({
    env: "ORDER_PAYMENT_URL",
    schema: httpUrl(),
    description: "Where the payment service listens.",
    example: "http://127.0.0.1:8083",
  }),
  ...eventSettings(),
  paymentTimeoutMs: setting({
    env: "ORDER_PAYMENT_TIMEOUT_MS",
    schema: durationMs({ min: 100, max: 86_400_000 }).default(600_000),
    description: "Milliseconds until a new order that nobody paid is cancelled.",
  }),
  paymentGraceMs: setting({
    env: "ORDER_PAYMENT_GRACE_MS",
    schema: durationMs({ min: 100, max: 600_000 }).default(15_000),
    description: "Milliseconds after which a payment that nobody finished is finished by the sweeper.",
  }),
  sweepIntervalMs: setting({
    env: "ORDER_SWEEP_INTERVAL_MS",
    schema: durationMs({ min: 10, max: 60_000 }).default(1000),
    description: "Milliseconds between two rounds of the sweeper at most, plus or minus a fifth.",
  }),
  responseCheck: setting({
    env: "ORDER_RESPONSE_CHECK",
    schema: choice(["strict", "report"]).default("strict"),
    description:
      "What an answer that breaks the contract becomes: a 500 (strict), or a log line where that is safe (report).",
  }),
  rateLimits: setting({
    env: "ORDER_RATE_LIMITS",
    schema: flag().default(true),
    description:
      "Whether this replica keeps the rates of the contract by itself; a gateway in front may do so instead.",
  }),
  ...drillSettings(),
};

export const orderConfig = defineConfig("order", settings);
export type OrderConfig = ConfigOf<typeof settings>;
