import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { html } from "../src/html.ts";
import { aTelegram, messengerOf } from "./fixture.ts";

/** A server that answers everything as it is told. */
async function answering(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.close());
  // listening on a port, and not on a pipe
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

const outcomeOf = async (answer: (response: ServerResponse) => void) =>
  messengerOf({ url: await answering(answer), token: "1:a" }).send("7", html`a`);

test.each([
  ["200 without a body", 200, "", { kind: "unknown" }],
  ["200 that is no JSON", 200, "<html>", { kind: "unknown" }],
  ["200 that is not ok", 200, `{"ok":false}`, { kind: "unknown" }],
  ["200 without a message id", 200, `{"ok":true,"result":{}}`, { kind: "sent" }],
  ["502 of a proxy", 502, "<html>bad gateway</html>", { kind: "not-sent", reason: "502", pauseMs: 0 }],
  ["429 without retry_after", 429, "", { kind: "not-sent", pauseMs: 1000 }],
  ["429", 429, `{"parameters":{"retry_after":17}}`, { kind: "not-sent", pauseMs: 17_000 }],
  ["302", 302, "", { kind: "not-sent", pauseMs: 60_000 }],
  ["404", 404, "", { kind: "not-sent", pauseMs: 60_000 }],
  ["413", 413, `{"description":"too large"}`, { kind: "refused", reason: "REJECTED: 413 too large" }],
])("%s is judged by what is certain", async (_what, status, body, outcome) => {
  expect(await outcomeOf((response) => response.writeHead(status).end(body))).toMatchObject(outcome);
});

test("a connection that ends in the middle of the answer leaves it unknown", async () => {
  const outcome = await outcomeOf((response) => {
    response.writeHead(200, { "content-length": "100" }).write("{");
    setImmediate(() => response.destroy());
  });
  expect(outcome).toMatchObject({ kind: "unknown" });
});

test("a name that is not resolved, or a host without TLS, has got nothing", async () => {
  const telegram = await aTelegram();
  const send = (url: string) => messengerOf({ url, token: telegram.token }).send("7", html`a`);
  expect(await send("http://telegram.invalid")).toMatchObject({ kind: "not-sent" });
  expect(telegram.attempts()).toEqual([]);
});

test("updates that are not understood are passed over", async () => {
  const result = [{ update_id: 1, message: { chat: { id: 7 } } }, { update_id: 2 }, {}, null, { update_id: "3" }, "x"];
  const url = await answering((response) => response.end(JSON.stringify({ ok: true, result })));
  const updates = await messengerOf({ url, token: "1:a" }).getUpdates(0, 1, AbortSignal.timeout(5000));
  expect(updates).toEqual([{ updateId: 1 }, { updateId: 2 }]);
});

test.each([
  [409, "TELEGRAM_POLLED_TWICE"],
  [401, "TELEGRAM_TOKEN_REFUSED"],
  [500, "TELEGRAM_UNREACHABLE"],
])("a question answered with %i says what is wrong", async (status, reason) => {
  const url = await answering((response) => response.writeHead(status).end("{}"));
  const asked = messengerOf({ url, token: "1:a" }).getUpdates(0, 1, AbortSignal.timeout(5000));
  await expect(asked).rejects.toMatchObject({ reason });
});
