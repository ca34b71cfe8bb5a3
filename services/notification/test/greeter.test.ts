import type { Worker } from "@gantry/runtime";
import { silentLogger } from "@gantry/telemetry";
import { eventually, type FakeTelegram } from "@gantry/testing";
import { afterAll, expect, test } from "vitest";
import { createGreeter } from "../src/greeter.ts";
import type { Telegram } from "../src/telegram.ts";
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
  await aSender(postgres, messengerOf(telegram)).start();
  const greeters = Array.from({ length: count }, () => aGreeter(postgres, messengerOf(telegram)));
  for (const greeter of greeters) await greeter.start();
  return { postgres, telegram, greeters };
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

test("two replicas greet once, and when one stops the other goes on", async () => {
  const { telegram, greeters } = await replicas(2);
  telegram.write("7", "/start");
  await greeted(telegram, "7");
  await greeters[0]?.stop();
  telegram.write("8", "/start");
  await greeted(telegram, "7", "8");
});

test("an update that comes again is not answered again", async () => {
  const { postgres, telegram, greeters } = await replicas(1);
  telegram.write("7", "/start");
  await greeted(telegram, "7");
  await greeters[0]?.stop();
  // confirmed by nobody: the next reader gets it once more
  const real = messengerOf(telegram);
  const forgetful = {
    getUpdates: (_from: number, waitSec: number, signal: AbortSignal) => real.getUpdates(0, waitSec, signal),
  };
  await aGreeter(postgres, forgetful).start();
  telegram.write("8", "/start");
  await greeted(telegram, "7", "8");
  expect(await messagesIn(postgres)).toHaveLength(2);
});

test("who asks many times while the greeting waits gets one", async () => {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  for (let count = 0; count < 20; count++) telegram.write("7", "/start");
  await aGreeter(postgres, messengerOf(telegram)).start();
  await eventually(async () => expect(await messagesIn(postgres)).toHaveLength(1));
});

test("errors are survived: no connection, another reader, a token that is none", async () => {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  const { logger, lines } = aLog();
  await aSender(postgres, messengerOf(telegram)).start();
  const failing = ["http://127.0.0.1:1", telegram.url].values();
  const tokens = [telegram.token, "1:wrong"].values();
  const questions = Array.from({ length: 2 }, () =>
    messengerOf({ url: failing.next().value ?? "", token: tokens.next().value ?? "" }),
  );
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
