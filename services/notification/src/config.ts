import {
  type ConfigOf,
  defineConfig,
  drillSettings,
  durationMs,
  eventSettings,
  httpUrl,
  integer,
  postgresSettings,
  serviceSettings,
  setting,
  text,
} from "@gantry/config";

const settings = {
  ...serviceSettings("NOTIFICATION"),
  ...eventSettings(),
  ...postgresSettings("NOTIFICATION", { connections: 10 }),
  iamUrl: setting({
    env: "NOTIFICATION_IAM_URL",
    schema: httpUrl().optional(),
    description:
      "Base URL of IAM, asked where people want to be told; unset: NOTIFICATION_TELEGRAM_CHAT_ID is for all.",
    example: "http://127.0.0.1:8090",
  }),
  telegramToken: setting({
    env: "TELEGRAM_BOT_TOKEN",
    schema: text({ min: 10, max: 200 })
      .regex(/^\d+:[\w-]+$/, "must be a bot token, <digits>:<letters>")
      .optional(),
    description: "The bot that sends messages; unset: messages are written to the log.",
    secret: true,
  }),
  telegramUrl: setting({
    env: "TELEGRAM_API_URL",
    schema: httpUrl().default("https://api.telegram.org"),
    description: "Base URL of the Telegram Bot API.",
  }),
  telegramTimeoutMs: setting({
    env: "TELEGRAM_TIMEOUT_MS",
    schema: durationMs({ min: 100, max: 60_000 }).default(8000),
    description: "Milliseconds until a message without an answer counts as perhaps sent.",
  }),
  telegramPollSec: setting({
    env: "TELEGRAM_POLL_SEC",
    schema: integer({ min: 1, max: 50 }).default(25),
    description: "Seconds that one question for what people wrote to the bot stays open.",
  }),
  telegramChatId: setting({
    env: "NOTIFICATION_TELEGRAM_CHAT_ID",
    schema: text({ min: 1, max: 64 })
      .regex(/^-?\d+$|^@\w+$/, "must be a chat's number or @channel")
      .optional(),
    description:
      "Without IAM, the chat that gets everybody's messages; unset: nobody has one, messages are written to the log.",
    secret: true,
  }),
  messagesPerSecond: setting({
    env: "NOTIFICATION_MESSAGES_PER_SECOND",
    schema: integer({ min: 1, max: 1000 }).default(25),
    description: "Messages a second at most, of all replicas together; Telegram allows about 30.",
  }),
  chatIntervalMs: setting({
    env: "NOTIFICATION_CHAT_INTERVAL_MS",
    schema: durationMs({ min: 0, max: 60_000 }).default(1100),
    description:
      "The shortest time between two messages to one chat, in milliseconds; Telegram allows about one a second.",
  }),
  intervalMs: setting({
    env: "NOTIFICATION_INTERVAL_MS",
    schema: durationMs({ min: 10, max: 60_000 }).default(1000),
    description:
      "The longest wait between two looks at what is to be sent, in milliseconds; a new message ends it early.",
  }),
  ...drillSettings(),
};

export const notificationConfig = defineConfig("notification", settings);
export type NotificationConfig = ConfigOf<typeof settings>;
