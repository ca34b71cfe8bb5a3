import type { Worker } from "@gantry/runtime";
import { silentLogger } from "@gantry/telemetry";
import { eventually, type FakeTelegram, freePort } from "@gantry/testing";
import { afterAll, expect, test } from "vitest";
import { createGreeter } from "../src/greeter.ts";
import type { Telegram, Update } from "../src/telegram.ts";
import { aDatabase, aLog, aSender, aTelegram, messagesIn, messengerOf } from "./fixture.ts";

type Database = Awaited<ReturnType<typeof aDatabase>>;

/** A replica's greeter, stopped after the file. */
function aGreeter(postgres: Database, telegram: Pick<Telegram, "getUpdates">, logger = silentLogger): Worker {
  const greeter = createGreeter({ postgres, telegram, pollSec: 1, intervalMs: 50, logger, onPosted: () => undefined });
  afterAll(() => greeter.stop());
  return greeter;
}

const greeted = (telegram: FakeTelegram, ...chats: readonly string[]) =>
  eventually(() => expect(telegram.deliveries().map(({ chatId }) => chatId)).toEqual(chats));

async function replicas(count: number) {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  const log = aLog();
  await aSender(postgres, messengerOf(telegram)).start();
  const greeters = Array.from({ length: count }, () => aGreeter(postgres, messengerOf(telegram), log.logger));
  for (const greeter of greeters) await greeter.start();
  return { postgres, telegram, greeters, written: () => log.lines.join("") };
}

test("who writes /start is greeted by name, and other talk is left unanswered", async () => {
  const { telegram } = await replicas(1);
  telegram.write("7", "hello?");
  telegram.write("8", "/start", "<i>Ada</i> & Co");
  telegram.write("9", "/starting soon");
  telegram.write("10", "/start@gantry_bot ref");
  await greeted(telegram, "8", "10");
  expect(telegram.deliveries()[0]?.shown).toContain("Hello, <i>Ada</i> & Co!");
});

test("of two replicas one reads and greets, and when it stops the other goes on", async () => {
  const { telegram, greeters, written } = await replicas(2);
  telegram.write("7", "/start");
  await greeted(telegram, "7");
  await greeters[0]?.stop();
  telegram.write("8", "/start");
  await greeted(telegram, "7", "8");
  expect(written()).not.toContain("TELEGRAM_POLLED_TWICE");
});

test("an update that comes again is not answered again", async () => {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  await aSender(postgres, messengerOf(telegram)).start();
  const start = (updateId: number, chatId: string): Update => ({
    updateId,
    message: { chatId, firstName: "Ada", text: "/start" },
  });
  // repeats itself as if nobody had ever confirmed anything
  const forgetful = {
    getUpdates: async () => {
      const isOver = (await messagesIn(postgres)).some(({ state }) => state === "SENT");
      return isOver ? [start(1, "7"), start(2, "8")] : [start(1, "7")];
    },
  };
  await aGreeter(postgres, forgetful).start();
  await greeted(telegram, "7", "8");
  expect(await messagesIn(postgres)).toHaveLength(2);
});

test("who asks many times while the greeting waits gets one", async () => {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  for (let count = 0; count < 20; count++) telegram.write("7", "/start");
  await aGreeter(postgres, messengerOf(telegram)).start();
  await eventually(async () => expect(await messagesIn(postgres)).toHaveLength(1));
});

test("errors are survived: no connection, a token that is none", async () => {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  const { logger, lines } = aLog();
  await aSender(postgres, messengerOf(telegram)).start();
  const questions = [
    messengerOf({ url: `http://127.0.0.1:${await freePort()}`, token: telegram.token }),
    messengerOf({ url: telegram.url, token: "1:wrong" }),
  ];
  const real = messengerOf(telegram);
  await aGreeter(
    postgres,
    { getUpdates: (...question) => (questions.shift() ?? real).getUpdates(...question) },
    logger,
  ).start();
  await eventually(() => expect(lines.join("")).toContain("TELEGRAM_TOKEN_REFUSED"));
  telegram.write("7", "/start");
  await greeted(telegram, "7");
  expect(lines.join("")).toContain("TELEGRAM_UNREACHABLE");
  expect(lines.join("")).not.toContain(telegram.token);
});
