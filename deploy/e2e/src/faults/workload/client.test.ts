import { expect, test } from "vitest";
import type { Call, Outcome } from "../history/call.ts";
import { broken, refusal } from "../history/outcome.ts";
import type { Api } from "./api.ts";
import { createClient } from "./client.ts";

const lost: Outcome = { kind: "unknown", why: "ECONNRESET" };
const paid: Outcome = { kind: "ok", status: 200, transactionUuid: "t" };
const inUse: Outcome = { kind: "fail", status: 409, code: "IDEMPOTENCY_KEY_IN_USE" };
const cancelled: Outcome = { kind: "fail", status: 409, code: "ORDER_CANCELLED" };

/** A client of an API that gives these answers to pay, one after another, with what was recorded and sent. */
function clientOf(answers: readonly Outcome[], repeats = false) {
  const left = [...answers];
  const keys: string[] = [];
  const calls: Call[] = [];
  const never = () => Promise.reject(new Error("not asked for here"));
  const api: Api = {
    userUuid: "ann",
    create: never,
    cancel: never,
    topUp: never,
    status: never,
    pay: (_order, _method, key) => {
      keys.push(key);
      return Promise.resolve(left.shift() ?? lost);
    },
  };
  const stop = new AbortController();
  const record = (call: Call) => void calls.push(call);
  return { client: createClient({ api, record, repeats, signal: stop.signal }), keys, calls, stop };
}

test("tries again under the same key while nobody knows, and records every attempt", async () => {
  const { client, keys, calls } = clientOf([lost, inUse, paid]);
  expect(await client.pay("order", "CARD")).toEqual(paid);
  expect(calls.map(({ outcome }) => outcome)).toEqual([lost, inUse, paid]);
  expect(new Set(keys).size).toBe(1);
  expect(calls[0]).toMatchObject({ userUuid: "ann", operation: "pay", orderUuid: "order", key: keys[0] });
});

test("takes a no for an answer", async () => {
  const { client, calls } = clientOf([cancelled, paid]);
  expect(await client.pay("order", "CARD")).toBeUndefined();
  expect(calls).toHaveLength(1);
});

test("sends an answered request once more when it repeats, under the same key", async () => {
  const { client, keys } = clientOf([paid, paid], true);
  await client.pay("order", "CARD");
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

test("gives up when it is told to", async () => {
  const { client, calls, stop } = clientOf([lost, lost]);
  stop.abort();
  expect(await client.pay("order", "CARD")).toBeUndefined();
  expect(calls).toHaveLength(1);
});

test("counts a failing server and a broken connection as unknown, never as a refusal", () => {
  expect(refusal(409, "ORDER_CANCELLED").kind).toBe("fail");
  expect([500, 503, 504].map((status) => refusal(status, "INTERNAL").kind)).toEqual(["unknown", "unknown", "unknown"]);
  const reset = new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
  expect(broken(reset)).toEqual({ kind: "unknown", why: "TypeError fetch failed: read ECONNRESET" });
});
