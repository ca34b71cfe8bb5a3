import { ManualClock } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { createIdentitySigner, createIdentityVerifier, generateIdentityKeys } from "../src/index.ts";
import { alice, session } from "./tokens.ts";

const { privateJwks, jwks } = generateIdentityKeys(["users"]);

const setUp = (cacheSize = 100) => {
  const clock = new ManualClock(new Date("2026-11-21T10:00:00Z"));
  const verifier = createIdentityVerifier({ service: "inventory", jwks, clock, cacheSize });
  const users = createIdentitySigner({ privateJwk: privateJwks.users, clock, ttlSec: 60 });
  return { clock, verifier, users };
};

describe("the memory of verified tokens", () => {
  test("gives the same principal again without verifying", async () => {
    const { verifier, users } = setUp();
    const token = await users.user(alice, session);
    const first = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  test("ends with the token", async () => {
    const { verifier, users, clock } = setUp();
    const token = await users.user(alice, session);
    await verifier.verify(token);
    clock.advance(66_000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: "IDENTITY_EXPIRED" });
  });

  test("checks a token once when many ask at the same time", async () => {
    const { verifier, users } = setUp();
    const token = await users.user(alice, session);
    const all = await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token)));
    expect(new Set(all).size).toBe(1);
  });

  test("forgets the token that was used longest ago when it is full", async () => {
    const { verifier, users, clock } = setUp(2);
    const tokens: string[] = [];
    for (const _ of [1, 2, 3]) {
      tokens.push(await users.user(alice, session));
      clock.advance(1000);
    }
    const [a = "", b = "", c = ""] = tokens;
    const [firstA, firstB] = [await verifier.verify(a), await verifier.verify(b)];
    await verifier.verify(a);
    await verifier.verify(c);
    expect(await verifier.verify(a)).toBe(firstA);
    expect(await verifier.verify(b)).not.toBe(firstB);
  });
});
