import { eventually, freePort } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { createLogMessenger } from "../src/messenger.ts";
import { aDatabase, aLog, aMessage, aSender, aTelegram, messagesIn, messengerOf, postTo } from "./fixture.ts";

type Database = Awaited<ReturnType<typeof aDatabase>>;

const over = (postgres: Database) =>
  eventually(async () => {
    const messages = await messagesIn(postgres);
    expect(messages.filter(({ due_at }) => due_at !== null)).toEqual([]);
    return messages;
  });

async function running() {
  const [postgres, telegram] = [await aDatabase(), await aTelegram()];
  await aSender(postgres, messengerOf(telegram, 400)).start();
  return { postgres, telegram };
}

describe("a message", () => {
  test("is sent, and the number it has at Telegram is kept", async () => {
    const { postgres, telegram } = await running();
    await postTo(postgres, "7", '5 < 6 & "so on"');
    expect(await over(postgres)).toMatchObject([{ state: "SENT", message_id: 1n, attempts: 1, unknowns: 0 }]);
    expect(telegram.deliveries()).toMatchObject([{ chatId: "7", shown: '5 < 6 & "so on"' }]);
  });

  test("is posted once for each event, kind and chat", async () => {
    const { postgres, telegram } = await running();
    const message = aMessage("once");
    const { post } = await import("../src/mailbox.postgres.ts");
    for (const chats of [["7"], ["7", "8"], ["7"]]) await postgres.transaction((trx) => post(trx, message, chats));
    expect(await over(postgres)).toHaveLength(2);
    expect(telegram.deliveries()).toHaveLength(2);
  });

  test.each(["server-error", "too-many-requests"] as const)(
    "is sent again after %s, because it did not arrive",
    async (kind) => {
      const { postgres, telegram } = await running();
      telegram.fail({ kind, times: 1 });
      await postTo(postgres, "7", "a");
      expect(await over(postgres)).toMatchObject([{ state: "SENT", attempts: 2, unknowns: 0, reason: null }]);
      expect(telegram.deliveries()).toHaveLength(1);
    },
  );

  test("is sent once Telegram can be reached", async () => {
    const [postgres, telegram, port] = [await aDatabase(), await aTelegram(), await freePort()];
    const nowhere = aSender(postgres, messengerOf({ url: `http://127.0.0.1:${port}`, token: "1:a" }));
    await nowhere.start();
    await postTo(postgres, "7", "a");
    await eventually(async () =>
      expect(await messagesIn(postgres)).toMatchObject([{ state: "PENDING", reason: "ECONNREFUSED", unknowns: 0 }]),
    );
    await nowhere.stop();
    await aSender(postgres, messengerOf(telegram)).start();
    expect(await over(postgres)).toMatchObject([{ state: "SENT", unknowns: 0 }]);
  });

  test.each([
    ["forbidden", "UNSUBSCRIBED"],
    ["bad-request", "REJECTED"],
  ] as const)("is given up after %s, and the next one of the chat goes on", async (kind, reason) => {
    const { postgres, telegram } = await running();
    telegram.fail({ kind, times: 1 });
    await postTo(postgres, "7", "a", "b");
    expect(await over(postgres)).toMatchObject([
      { state: "FAILED", attempts: 1, reason: expect.stringMatching(`^${reason}`) },
      { state: "SENT" },
    ]);
  });

  test.each(["close-after", "hang-after"] as const)(
    "of which nobody knows (%s) is sent once more, and counted",
    async (kind) => {
      const { postgres, telegram } = await running();
      telegram.fail({ kind, times: 1 });
      await postTo(postgres, "7", "a", "b");
      expect(await over(postgres)).toMatchObject([{ state: "SENT", attempts: 2, unknowns: 1 }, { state: "SENT" }]);
      expect(telegram.deliveries().map(({ shown }) => shown)).toEqual(["a", "a", "b"]);
    },
  );

  test("of which nobody knows twice stays unknown: at most one duplicate", async () => {
    const { postgres, telegram } = await running();
    telegram.fail({ kind: "close-after" });
    await postTo(postgres, "7", "a");
    expect(await over(postgres)).toMatchObject([{ state: "UNKNOWN", attempts: 2, unknowns: 2 }]);
    expect(telegram.deliveries()).toHaveLength(2);
  });

  test("waits while the token is refused: that is not its fault", async () => {
    const { postgres, telegram } = await running();
    telegram.fail({ kind: "unauthorized" });
    await postTo(postgres, "7", "a", "b");
    await eventually(async () => expect((await messagesIn(postgres))[0]?.reason).toBe("401 Unauthorized"));
    expect(await messagesIn(postgres)).toMatchObject([{ state: "PENDING" }, { state: "PENDING", attempts: 0 }]);
    const { rows } = await pauseOf(postgres);
    expect(rows[0]?.seconds).toBeGreaterThan(30);
  });
});

async function pauseOf({ db }: Database) {
  const { sql } = await import("kysely");
  return sql<{ seconds: number }>`
    select extract(epoch from next_send_at - clock_timestamp())::float8 as seconds from telegram_bot`.execute(db);
}

describe("a sender that was killed", () => {
  test.each([
    ["notify.after_sending", 1],
    ["notify.after_http", 2],
  ])("at %s leaves a message of which nobody knows: it is sent once more", async (failpoint, deliveries) => {
    const [postgres, telegram] = [await aDatabase(), await aTelegram()];
    const killed = aSender(postgres, messengerOf(telegram), { failpoints: `${failpoint}:error:1` });
    await killed.start();
    await postTo(postgres, "7", "a", "b");
    await eventually(async () => expect(await messagesIn(postgres)).toMatchObject([{ state: "SENDING" }, {}]));
    await killed.stop();

    await aSender(postgres, messengerOf(telegram), { leaseMs: 300 }).start();
    expect(await over(postgres)).toMatchObject([{ state: "SENT", unknowns: 1, attempts: 2 }, { state: "SENT" }]);
    expect(telegram.deliveries().map(({ shown }) => shown)).toEqual([...Array(deliveries).fill("a"), "b"]);
  });
});

describe("two replicas", () => {
  test("send each message of a chat once and in order, whatever goes wrong in between", async () => {
    const [postgres, telegram] = [await aDatabase(), await aTelegram()];
    telegram.fail({ kind: "server-error", chatId: "7", times: 2 });
    telegram.fail({ kind: "close-before", chatId: "8", times: 1 });
    const texts = Array.from({ length: 25 }, (_, index) => `message ${index}`);
    for (const text of texts) for (const chat of ["7", "8", "9"]) await postTo(postgres, chat, text);
    await aSender(postgres, messengerOf(telegram)).start();
    await aSender(postgres, messengerOf(telegram)).start();
    await over(postgres);
    for (const chat of ["7", "8", "9"]) {
      const delivered = telegram.deliveries().filter(({ chatId }) => chatId === chat);
      expect(delivered.map(({ shown }) => shown)).toEqual(texts);
    }
  });

  test("keep one pace together, for each chat and for the bot", async () => {
    const [postgres, telegram] = [await aDatabase(), await aTelegram()];
    for (const chat of ["7", "8", "9", "10"]) await postTo(postgres, chat, "a", "b", "c");
    const pace = { chatIntervalMs: 250, botIntervalMs: 50 };
    await aSender(postgres, messengerOf(telegram), pace).start();
    await aSender(postgres, messengerOf(telegram), pace).start();
    const messages = await over(postgres);
    const gaps = (of: typeof messages) => {
      const starts = of.map(({ started_at }) => started_at?.getTime() ?? 0).toSorted((a, b) => a - b);
      return starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    };
    // a Date has no microseconds
    expect(Math.min(...gaps(messages))).toBeGreaterThanOrEqual(49);
    for (const chat of ["7", "8", "9", "10"])
      expect(Math.min(...gaps(messages.filter(({ chat_id }) => chat_id === chat)))).toBeGreaterThanOrEqual(249);
  });

  test("all stop for as long as Telegram asks", async () => {
    const [postgres, telegram] = [await aDatabase(), await aTelegram()];
    telegram.fail({ kind: "too-many-requests", times: 1, retryAfterSec: 2 });
    for (const chat of ["7", "8", "9"]) await postTo(postgres, chat, "a");
    const pace = { botIntervalMs: 500 };
    await aSender(postgres, messengerOf(telegram), pace).start();
    await aSender(postgres, messengerOf(telegram), pace).start();
    const messages = await over(postgres);
    const [refused, next] = telegram.attempts();
    expect([refused?.outcome, next?.outcome]).toEqual([429, 200]);
    expect(Date.parse(next?.at ?? "") - Date.parse(refused?.at ?? "")).toBeGreaterThanOrEqual(1_999);
    expect(messages.map(({ state }) => state)).toEqual(["SENT", "SENT", "SENT"]);
  });
});

test("a chat that fails holds up nobody else", async () => {
  const { postgres, telegram } = await running();
  telegram.fail({ kind: "hang-after", chatId: "7" });
  await postTo(postgres, "7", "a");
  for (const chat of ["8", "9"]) await postTo(postgres, chat, "a", "b");
  const messages = await over(postgres);
  expect(messages.map(({ state }) => state)).toEqual(["UNKNOWN", "SENT", "SENT", "SENT", "SENT"]);
});

test("without a bot, messages appear in the log as people would see them", async () => {
  const postgres = await aDatabase();
  const { logger, logged } = aLog();
  await aSender(postgres, createLogMessenger(logger)).start();
  await postTo(postgres, "7", "5 < 6");
  expect(await over(postgres)).toMatchObject([{ state: "SENT", message_id: null }]);
  expect(logged("message")).toMatchObject([{ text: "5 < 6" }]);
});
