import { describe, expect, test } from "vitest";
import { readableLogger } from "./lines.ts";

const canary = "c4n4ry";

const logged = (fields: Record<string, unknown>, sensitive: readonly string[] = []): Record<string, unknown> => {
  const { log, lines } = readableLogger({ sensitiveFields: new Set(sensitive) });
  log.info(fields, "x");
  return lines[0] ?? {};
};

describe("a value is not written", () => {
  test.each([
    "authorization",
    "Authorization",
    "cookie",
    "Set-Cookie",
    "proxy-authorization",
    "password",
    "old_password",
    "newPassword",
    "token",
    "access_token",
    "accessToken",
    "client_secret",
    "api_key",
    "private_key",
    "session_uuid",
    "sessionUuid",
    "X-Session-Uuid",
    "x-gantry-identity",
    "idempotency-key",
  ])("under the key %s", (key) => {
    expect(logged({ [key]: canary })[key]).toBe("[redacted]");
  });

  test.each(["card_number", "cardNumber", "CardNumber", "card-number", "CARD_NUMBER"])(
    "under %s when the contract marks card_number as sensitive",
    (key) => {
      expect(logged({ [key]: canary }, ["card_number"])[key]).toBe("[redacted]");
    },
  );

  test.each([
    ["an object", { a: { b: { c: { password: canary } } } }],
    ["a list", { list: [{ ok: 1 }, [{ token: canary }]] }],
    ["an object where a text was expected", { password: { value: canary } }],
    ["something with a toJSON of its own", { thing: { toJSON: () => ({ secret: canary }) } }],
    ["a property of the prototype's name", JSON.parse(`{"__proto__":{"password":"${canary}"}}`)],
    [
      "a class instance",
      {
        user: new (class {
          password = canary;
        })(),
      },
    ],
    ["a byte array", { body: Buffer.from(canary) }],
    ["the password of a connection URL", { url: `postgres://order:${canary}@127.0.0.1:5432/order` }],
    ["the password of a URL object", { url: new URL(`mongodb://u:${canary}@h/db`) }],
    ["the password of a URL in an error's message", { error: new Error(`cannot reach redis://:${canary}@host:6379`) }],
    ["a map", { map: new Map([["password", canary]]) }],
    ["a function", { fn: () => canary }],
  ])("inside %s", (_what, fields) => {
    expect(JSON.stringify(logged(fields))).not.toContain(canary);
  });
});

describe("other values are written as they are", () => {
  test.each([
    ["a user's id", { user_uuid: "u" }],
    ["a page token's absence", { tokens_left: 3 }],
    ["a URL without a password", { url: "http://127.0.0.1:8080/a:b@c" }],
    ["null and false", { a: null, b: false }],
  ])("%s", (_what, fields) => {
    expect(logged(fields)).toMatchObject(fields);
  });

  test("dates as ISO 8601, big integers as text", () => {
    expect(logged({ at: new Date(0), minor: 2n ** 60n })).toMatchObject({
      at: "1970-01-01T00:00:00.000Z",
      minor: "1152921504606846976",
    });
  });

  test("nothing of the fields is changed", () => {
    const fields = { password: "p", nested: { token: "t", list: [1] } };
    logged(fields);
    expect(fields).toEqual({ password: "p", nested: { token: "t", list: [1] } });
  });
});

describe("a line is bounded", () => {
  const size = (fields: Record<string, unknown>): number => JSON.stringify(logged(fields)).length;

  test("when something contains itself", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    loop.list = [loop, loop];
    expect(size({ loop })).toBeLessThan(50_000);
  });

  test("when it is deep", () => {
    let deep: unknown = canary;
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    expect(size({ deep })).toBeLessThan(1000);
  });

  test("when it is wide", () => {
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index]));
    expect(size({ wide })).toBeLessThan(30_000);
    expect(size({ list: Array.from({ length: 100_000 }, () => "x") })).toBeLessThan(10_000);
  });

  test("when a text is long", () => {
    expect(size({ text: "x".repeat(1_000_000) })).toBeLessThan(10_000);
  });

  test("and written in time that grows with its size, not with the square of it", () => {
    const urls = "a://b:".repeat(1_000_000);
    const started = performance.now();
    logged({ urls, nested: { urls } });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("a log call never throws", () => {
  test.each([
    [
      "a getter that throws",
      {
        get bad() {
          throw new Error("no");
        },
      },
    ],
    [
      "a toJSON that throws",
      {
        bad: {
          toJSON: () => {
            throw new Error("no");
          },
        },
      },
    ],
    [
      "a revoked proxy",
      {
        bad: (() => {
          const { proxy, revoke } = Proxy.revocable({}, {});
          revoke();
          return proxy;
        })(),
      },
    ],
    ["an invalid date", { bad: new Date(Number.NaN) }],
    ["a symbol", { bad: Symbol("x") }],
  ])("for %s", (_what, fields) => {
    expect(logged(fields)).toMatchObject({ message: "x" });
  });
});
