import {
  type ConfigOf,
  defineConfig,
  drillSettings,
  durationMs,
  eventSettings,
  identityJwksUrl,
  port,
  postgresSettings,
  serviceSettings,
  setting,
  text,
} from "@gantry/config";

const settings = {
  ...serviceSettings("PAYMENT"),
  identityJwksUrl: identityJwksUrl(),
  rpcPort: setting({
    env: "PAYMENT_RPC_PORT",
    schema: port().default(0),
    description: "The port of gRPC, gRPC-Web and Connect; 0 takes a free one.",
  }),
  ...postgresSettings("PAYMENT", { connections: 10 }),
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
  ...drillSettings(),
};

export const paymentConfig = defineConfig("payment", settings);
export type PaymentConfig = ConfigOf<typeof settings>;
