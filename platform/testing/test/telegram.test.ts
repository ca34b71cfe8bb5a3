import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeTelegram, startFakeTelegram } from "../src/index.ts";

let telegram: FakeTelegram;
beforeEach(async () => {
  telegram = await startFakeTelegram();
});
afterEach(() => telegram.stop());

async function call(method: string, parameters: object, signal?: AbortSignal) {
  const response = await fetch(`${telegram.url}/bot${telegram.token}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: response.status, body: Object(await response.json()) };
}

const send = (chatId: string, text: string, signal?: AbortSignal) =>
  call("sendMessage", { chat_id: chatId, text, parse_mode: "HTML" }, signal);

describe("a message", () => {
  test("arrives once, as the person sees it", async () => {
    expect(await send("7", "<b>5 &lt; 6</b>")).toMatchObject({
      status: 200,
      body: { ok: true, result: { message_id: 1 } },
    });
    expect(telegram.deliveries()).toMatchObject([
      { messageId: 1, chatId: "7", text: "<b>5 &lt; 6</b>", shown: "5 < 6" },
    ]);
  });

  test.each([
    ["an unescaped bracket", "5 < 6"],
    ["an unknown tag", "<blink>6</blink>"],
    ["a tag left open", "<b>6"],
    ["crossed tags", "<b><i>6</b></i>"],
    ["nothing to see", "<b> </b>"],
    ["more than 4096 characters", "x".repeat(4097)],
  ])("with %s is refused with 400", async (_what, text) => {
    expect(await send("7", text)).toMatchObject({ status: 400, body: { ok: false, error_code: 400 } });
    expect(telegram.deliveries()).toEqual([]);
  });

  test("needs the bot's token", async () => {
    const response = await fetch(`${telegram.url}/bot1:wrong/sendMessage?chat_id=7&text=a`);
    expect(response.status).toBe(401);
  });
});

describe("told to fail, it", () => {
  test("answers so as often as it was told, and to the chats it was told", async () => {
    telegram.fail({ kind: "too-many-requests", chatId: "7", times: 1, retryAfterSec: 3 });
    telegram.fail({ kind: "server-error", chatId: "7" });
    expect(await send("7", "a")).toMatchObject({ status: 429, body: { parameters: { retry_after: 3 } } });
    expect((await send("7", "a")).status).toBe(500);
    expect((await send("8", "a")).status).toBe(200);
    telegram.heal();
    expect((await send("7", "a")).status).toBe(200);
    expect(telegram.attempts().map(({ outcome }) => outcome)).toEqual([429, 500, 200, 200]);
  });

  test.each([
    ["forbidden", 403],
    ["bad-request", 400],
    ["unauthorized", 401],
  ] as const)("answers %s with %i", async (kind, status) => {
    telegram.fail({ kind });
    expect((await send("7", "a")).status).toBe(status);
    expect(telegram.deliveries()).toEqual([]);
  });

  test.each([
    ["close-before", 0],
    ["close-after", 1],
  ] as const)("ends the connection: %s", async (kind, delivered) => {
    telegram.fail({ kind });
    await expect(send("7", "a")).rejects.toThrow("fetch failed");
    expect(telegram.deliveries()).toHaveLength(delivered);
  });

  test("delivers and never answers", async () => {
    telegram.fail({ kind: "hang-after" });
    await expect(send("7", "a", AbortSignal.timeout(300))).rejects.toThrow("timeout");
    expect(telegram.deliveries()).toHaveLength(1);
  });
});

describe("getUpdates", () => {
  test("waits for someone to write, and repeats what was not confirmed", async () => {
    const waiting = call("getUpdates", { timeout: 30 });
    telegram.write("7", "/start", "<b>");
    const { body } = await waiting;
    expect(body.result).toMatchObject([{ update_id: 1, message: { chat: { id: 7 }, text: "/start" } }]);
    expect((await call("getUpdates", {})).body.result).toHaveLength(1);
    expect((await call("getUpdates", { offset: 2 })).body.result).toEqual([]);
  });

  test("is ended with 409 when another one begins", async () => {
    const both = [call("getUpdates", { timeout: 30 }), call("getUpdates", { timeout: 30 })];
    expect((await Promise.race(both)).status).toBe(409);
    telegram.write("7", "hello");
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});

test("other processes control it over HTTP", async () => {
  const control = (method: string, path: string, body?: object) =>
    fetch(`${telegram.url}/control/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  await control("POST", "faults", { kind: "forbidden", chatId: 7, times: 1 });
  expect((await send("7", "a")).status).toBe(403);
  expect((await send("7", "b")).status).toBe(200);
  expect(await (await control("GET", "deliveries")).json()).toMatchObject([{ text: "b" }]);
  expect(await (await control("GET", "attempts")).json()).toMatchObject([{ outcome: 403 }, { outcome: 200 }]);
  await control("POST", "messages", { chatId: 9, text: "hello" });
  expect((await call("getUpdates", {})).body.result).toMatchObject([{ message: { chat: { id: 9 }, text: "hello" } }]);
  expect((await control("POST", "faults", { kind: "forbiden" })).status).toBe(400);
  expect((await control("DELETE", "faults")).status).toBe(200);
  expect((await control("GET", "elsewhere")).status).toBe(404);
});
