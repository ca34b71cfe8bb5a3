import { ManualClock } from "@gantry/kernel";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { createIdentitySigner, createIdentityVerifier, generateIdentityKeys, serviceIdentity } from "../src/index.ts";
import { alice, session } from "./tokens.ts";

const { privateJwks, jwks } = generateIdentityKeys(["users", "order"]);
const invalid = expect.objectContaining({ kind: "internal", reason: "IDENTITY_KEYS_INVALID" });
const misuse = { kind: "internal", reason: "IDENTITY_KEY_MISUSE" };

describe("generated keys", () => {
  test("are named after whom they speak for", () => {
    expect(privateJwks.users.kid).toBe("users:1");
    expect(privateJwks.order.kid).toBe("service:order");
  });

  test("of a next generation are named so", () => {
    expect(generateIdentityKeys(["order:2"]).privateJwks["order:2"].kid).toBe("service:order:2");
  });

  test("are public in the set that everyone gets", () => {
    expect(jwks.keys.map(({ kid }) => kid)).toEqual(["users:1", "service:order"]);
    expect(JSON.stringify(jwks)).not.toContain('"d"');
    expect(JSON.stringify(jwks)).not.toContain(privateJwks.order.d);
  });

  test.each(["", "Order", "a b", "order:", "-x"])("refuse the name %j", (name) => {
    expect(() => generateIdentityKeys([name])).toThrow(invalid);
  });
});

describe("a verifier refuses to start with", () => {
  const [users, order] = jwks.keys;
  if (users === undefined || order === undefined) throw new Error("two keys were generated");

  test.each([
    ["a key that is there twice", [users, users]],
    ["a private key", [privateJwks.users]],
    ["a key named after nobody", [{ ...users, kid: "alice" }]],
    ["a key of all services", [{ ...users, kid: "service:" }]],
    ["a malformed key", [{ ...users, x: "AAAA" }]],
  ])("%s", (_what, keys) => {
    expect(() => createIdentityVerifier({ service: "inventory", jwks: { keys } })).toThrow(invalid);
  });
});

describe("a signer", () => {
  test("does not speak for a service with the key of users", async () => {
    const signer = createIdentitySigner({ privateJwk: privateJwks.users });
    await expect(signer.service("inventory")).rejects.toMatchObject(misuse);
  });

  test("does not speak for a user with the key of a service", async () => {
    const signer = createIdentitySigner({ privateJwk: privateJwks.order });
    await expect(signer.user(alice, session)).rejects.toMatchObject(misuse);
  });

  test("does not speak for a user who is none", async () => {
    const signer = createIdentitySigner({ privateJwk: privateJwks.users });
    await expect(signer.user("alice", session)).rejects.toMatchObject(misuse);
  });

  test("does not speak for a user without naming a session", async () => {
    const signer = createIdentitySigner({ privateJwk: privateJwks.users });
    await expect(signer.user(alice, "")).rejects.toMatchObject(misuse);
  });

  test.each([
    ["users", [0, -1, 1.5, 901, Number.NaN]],
    ["order", [0, -1, 1.5, 7_776_001, Number.NaN]],
  ] as const)("with the key of %s does not make tokens that live for any of %j seconds", (owner, lifetimes) => {
    for (const ttlSec of lifetimes) {
      expect(() => createIdentitySigner({ privateJwk: privateJwks[owner], ttlSec })).toThrow(invalid);
    }
  });

  test("makes tokens that live as long as they may: a quarter of an hour for a person, 90 days for a service", async () => {
    const users = createIdentitySigner({ privateJwk: privateJwks.users, ttlSec: 900 });
    const order = createIdentitySigner({ privateJwk: privateJwks.order, ttlSec: 7_776_000 });
    const verifier = createIdentityVerifier({ service: "inventory", jwks });
    expect(await verifier.verify(await users.user(alice, session))).toMatchObject({ kind: "user" });
    expect(await verifier.verify(await order.service("inventory"))).toMatchObject({ kind: "service" });
  });

  test("refuses a malformed key", () => {
    expect(() => createIdentitySigner({ privateJwk: { ...privateJwks.users, d: "AAAA" } })).toThrow(invalid);
  });

  test("names its key and the kind of token in the header", async () => {
    const token = await createIdentitySigner({ privateJwk: privateJwks.order }).service("inventory");
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", typ: "identity+jwt", kid: "service:order" });
  });
});

describe("a service's own identity", () => {
  const setUp = () => {
    const clock = new ManualClock(new Date("2026-11-21T10:00:00Z"));
    const signer = createIdentitySigner({ privateJwk: privateJwks.order, clock, ttlSec: 300 });
    return { clock, signer, identity: serviceIdentity({ signer, callee: "inventory", clock }) };
  };

  test("is kept for two thirds of its life, then renewed", async () => {
    const { clock, identity } = setUp();
    const first = await identity();
    clock.advance(199_000);
    expect(await identity()).toBe(first);
    clock.advance(1000);
    const second = await identity();
    expect(second).not.toBe(first);
    expect(await identity()).toBe(second);
  });

  test("is signed once for all who ask at the same time", async () => {
    const { identity } = setUp();
    const [first, second] = [identity(), identity()];
    expect(first).toBe(second);
    await first;
  });

  test("is for the service that is called", async () => {
    const token = await setUp().identity();
    expect(decodeJwt(token)).toMatchObject({ sub: "order", aud: "gantry:inventory" });
  });

  test("is tried again after a failure", async () => {
    const { clock, signer } = setUp();
    let broken = true;
    const flaky = {
      ...signer,
      service: async (callee: string) => (broken ? Promise.reject(new Error("no entropy")) : signer.service(callee)),
    };
    const identity = serviceIdentity({ signer: flaky, callee: "inventory", clock });
    await expect(identity()).rejects.toThrow("no entropy");
    broken = false;
    await expect(identity()).resolves.toMatch(/^ey/);
  });
});
