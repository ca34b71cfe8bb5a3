import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type EventRecord, type Uuid, uuidv7 } from "@gantry/kernel";
import { type Broker, createBroker, createMemoryBroker } from "@gantry/messaging";
import { createLifecycle } from "@gantry/runtime";
import { silentLogger } from "@gantry/telemetry";
import { eventually, guard, testDatabase } from "@gantry/testing";
import { afterAll, expect, test, vi } from "vitest";
import { compose, type Given, migrateDatabase } from "../src/compose.ts";
import { lifeOf, paidOnly, send, shipAssembled, topics, untilHandled } from "./events.ts";
import { aConfig, aLog, aTelegram, identity } from "./fixture.ts";
import { iamWith, mail, TELEGRAM } from "./iam.ts";

/** A process starts, on a machine that runs other tests as well. */
vi.setConfig({ testTimeout: 120_000 });

const quick = { NOTIFICATION_MESSAGES_PER_SECOND: "1000", NOTIFICATION_CHAT_INTERVAL_MS: "0" };

/** The whole service in this process, on a database of its own and a broker in memory. Stopped after the file. */
async function aService(env: Readonly<Record<string, string>> = {}, given: Pick<Given, "iam"> = {}) {
  const log = aLog();
  const context = { config: aConfig((await testDatabase()).url, { ...quick, ...env }), logger: log.logger };
  await migrateDatabase(context);
  const broker = createMemoryBroker();
  await broker.admin.createTopics(topics);
  const lifecycle = createLifecycle({ components: compose(context, { broker, ...given }), logger: silentLogger });
  await lifecycle.start();
  afterAll(() => lifecycle.stop());
  return { broker, ...log };
}

const threeTimes = async (broker: Broker, records: readonly EventRecord[]): Promise<void> => {
  for (let round = 0; round < 3; round++) await send(broker, ...records);
  await untilHandled(broker);
};

test("every change of an order is logged once, in order, with its number and status", async () => {
  const { broker, logged } = await aService();
  const orders = [uuidv7(), uuidv7()];
  await threeTimes(broker, orders.flatMap(lifeOf));
  for (const order of orders) {
    const changes = logged("order status changed").filter(({ order_uuid }) => order_uuid === order);
    expect(changes.map(({ status }) => status)).toEqual([
      "PENDING_PAYMENT",
      "PAYING",
      "PENDING_PAYMENT",
      "PAYING",
      "PAID",
      "ASSEMBLED",
    ]);
  }
});

test("without contact and bot, what people would hear is in the log", async () => {
  const { broker, logged } = await aService();
  const order = uuidv7();
  await threeTimes(broker, [...lifeOf(order), shipAssembled(order)]);
  const texts = logged("message to nobody").map((line) => line.text?.split("\n", 2));
  expect(texts.toSorted()).toEqual([
    ["Order paid", `Order: ${order}`],
    ["Your ship is ready", `Order: ${order}`],
  ]);
  expect(logged("ship assembled")).toMatchObject([{ order_uuid: order, status: "ASSEMBLED" }]);
});

test("with a bot, both messages arrive in the person's chat once, however often the broker repeats itself", async () => {
  const telegram = await aTelegram();
  const { broker } = await aService({
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
    NOTIFICATION_TELEGRAM_CHAT_ID: "7",
  });
  const orders = Array.from({ length: 10 }, () => uuidv7());
  await threeTimes(
    broker,
    orders.flatMap((order) => [...lifeOf(order), shipAssembled(order)]),
  );
  await eventually(() => expect(telegram.deliveries()).toHaveLength(20));
  const told = (title: string): Uuid[] =>
    telegram.deliveries().flatMap(({ shown }) => (shown.startsWith(title) ? [shown.split(/\s/, 4)[3] ?? ""] : []));
  expect(new Set(telegram.deliveries().map(({ shown }) => shown)).size).toBe(20);
  expect(told("Order paid")).toHaveLength(10);
});

test("with IAM, each person reads their own messages in their own chat", async () => {
  const telegram = await aTelegram();
  const [ada, bob] = [uuidv7(), uuidv7()];
  const chats = new Map([
    [ada, () => [mail, { provider: TELEGRAM, contact: "7" }]],
    [bob, () => [{ provider: TELEGRAM, contact: "8" }]],
  ]);
  const bot = { TELEGRAM_API_URL: telegram.url, TELEGRAM_BOT_TOKEN: telegram.token };
  const { broker } = await aService({ ...bot, NOTIFICATION_TELEGRAM_CHAT_ID: "9" }, iamWith(chats));
  const records = [ada, bob, uuidv7()].map((userUuid) => paidOnly(uuidv7(), userUuid));
  await threeTimes(broker, records);
  await eventually(() =>
    expect(
      telegram
        .deliveries()
        .map(({ chatId }) => chatId)
        .toSorted(),
    ).toEqual(["7", "8"]),
  );
});

test("token, chat and passwords appear nowhere in what the process writes, whatever Telegram does", async () => {
  const telegram = await aTelegram();
  const [{ url: postgresUrl }, { url: eventLogUrl }] = [await testDatabase(), await testDatabase()];
  const broker = createBroker({ eventLogUrl, clientId: "test", topics, logger: silentLogger });
  await broker.admin.createTopics(topics);
  await broker.start();
  afterAll(() => broker.stop());
  const chat = "7000111222333";
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@gantry/source", main], {
    env: {
      ...identity.env("notification"),
      ...quick,
      NOTIFICATION_POSTGRES_URL: postgresUrl,
      EVENTS_POSTGRES_URL: eventLogUrl,
      TELEGRAM_API_URL: telegram.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_TIMEOUT_MS: "500",
      NOTIFICATION_TELEGRAM_CHAT_ID: chat,
      LOG_LEVEL: "trace",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child);
  afterAll(() => void child.kill("SIGKILL"));
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const exited = once(child, "exit");

  const faults = ["server-error", "close-before", "close-after", "hang-after", "forbidden", "bad-request"] as const;
  for (const kind of faults) telegram.fail({ kind, times: 1 });
  await send(broker, ...faults.map(() => paidOnly(uuidv7())));
  await eventually(() => expect(telegram.attempts().filter(({ outcome }) => outcome === 200)).not.toEqual([]), {
    withinMs: 60_000,
  });
  // then Telegram is gone, and asked all the same
  await telegram.stop();
  await send(broker, paidOnly(uuidv7()));
  await untilHandled(broker);
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  const written = (await output).join("\n");
  expect(written).toContain("message sent");
  expect(written).toContain("message perhaps sent");
  for (const secret of [telegram.token, telegram.token.split(":")[1] ?? "", chat, new URL(postgresUrl).password])
    expect(written).not.toContain(secret);
});
