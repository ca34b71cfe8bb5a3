/** The system's limits while faults strike it: as short as they can be and still mean something. */
export const limits = {
  /** How long an order may stay unpaid. */
  expiryMs: 4_000,
  /** How long payment waits for funds. */
  walletWaitMs: 1_500,
  /** How long a ship takes, at least and at most. */
  assemblyMs: [100, 800],
  /** How long the system may need to be quiet again after a fault. */
  quietWithinMs: 60_000,
} as const;

/** Where the fake messenger is. */
export interface Messenger {
  readonly url: string;
  readonly token: string;
}

type Service = "gateway" | "iam" | "order" | "payment" | "assembly" | "notification";

/** Settings of each service in a system under faults. Sweeps come at once: the cases are about what happens, not about waiting. */
export const serviceSettings = (messenger: Messenger): Readonly<Record<Service, Readonly<Record<string, string>>>> => ({
  gateway: { GATEWAY_RATE_LIMITS: "false", GATEWAY_SESSION_TIMEOUT_MS: "2000" },
  iam: { IAM_THROTTLES: "false" },
  order: {
    ORDER_PAYMENT_GRACE_MS: "500",
    ORDER_SWEEP_INTERVAL_MS: "100",
    ORDER_RATE_LIMITS: "false",
    ORDER_PAYMENT_TIMEOUT_MS: String(limits.expiryMs),
  },
  payment: { PAYMENT_WALLET_WAIT_MS: String(limits.walletWaitMs) },
  assembly: { ASSEMBLY_MIN_MS: String(limits.assemblyMs[0]), ASSEMBLY_MAX_MS: String(limits.assemblyMs[1]) },
  notification: {
    TELEGRAM_API_URL: messenger.url,
    TELEGRAM_BOT_TOKEN: messenger.token,
    NOTIFICATION_MESSAGES_PER_SECOND: "1000",
    NOTIFICATION_CHAT_INTERVAL_MS: "0",
    TELEGRAM_TIMEOUT_MS: "1000",
  },
});
