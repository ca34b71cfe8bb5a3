import {
  type ConfigOf,
  defineConfig,
  durationMs,
  eventSettings,
  integer,
  port,
  postgresUrl,
  serviceSettings,
  setting,
  text,
} from "@gantry/config";

const settings = {
  ...serviceSettings("PAYMENT"),
  rpcPort: setting({
    env: "PAYMENT_RPC_PORT",
    schema: port().default(0),
    description: "The port of gRPC, gRPC-Web and Connect; 0 takes a free one.",
  }),
  postgresUrl: setting({
    env: "PAYMENT_POSTGRES_URL",
    schema: postgresUrl(),
    description: "The database of this service.",
    secret: true,
    example: "postgres://payment:secret@127.0.0.1:5432/payment",
  }),
  postgresConnections: setting({
    env: "PAYMENT_POSTGRES_CONNECTIONS",
    schema: integer({ min: 1, max: 200 }).default(10),
    description: "Database connections of one replica at most, besides the one of /readyz.",
  }),
  walletWaitMs: setting({
    env: "PAYMENT_WALLET_WAIT_MS",
    schema: durationMs({ min: 0, max: 3_600_000 }).default(15_000),
    description: "Milliseconds that a payment by wallet waits for a top-up before it fails.",
  }),
  walletCurrency: setting({
    env: "PAYMENT_WALLET_CURRENCY",
    schema: text({ min: 3, max: 3 })
      .regex(/^[A-Z]{3}$/, "must be a currency code of three capital letters")
      .default("USD"),
    description: "The currency in which the wallet of a person who never topped up shows nothing.",
  }),
  ...eventSettings(),
  failpoints: setting({
    env: "FP",
    schema: text({ min: 0, max: 1000 }).optional(),
    description: "Failpoints for drills, <name>:<kill|error|delay>:<nth>. Never in production.",
  }),
};

export const paymentConfig = defineConfig("payment", settings);
export type PaymentConfig = ConfigOf<typeof settings>;
