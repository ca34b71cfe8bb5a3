import { createHmac } from "node:crypto";
import { AppError, ManualClock } from "@gantry/kernel";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { createIdentitySigner, createIdentityVerifier, generateIdentityKeys } from "../src/index.ts";
import { alice, type Forgery, forge, session, unsigned, withHeader, withPayload } from "./tokens.ts";

const start = new Date("2026-11-21T10:00:00Z");
const { privateJwks, jwks } = generateIdentityKeys(["users", "order", "payment"]);
const stranger = generateIdentityKeys(["users", "order"]).privateJwks;

const setUp = () => {
  const clock = new ManualClock(start);
  const verifier = createIdentityVerifier({ service: "inventory", jwks, clock });
  const users = createIdentitySigner({ privateJwk: privateJwks.users, clock, ttlSec: 60 });
  return { clock, verifier, users };
};

const refusal = async (token: string, clock = new ManualClock(start)): Promise<AppError> => {
  const error = await createIdentityVerifier({ service: "inventory", jwks, clock })
    .verify(token)
    .catch((thrown: unknown) => thrown);
  if (!AppError.is(error)) throw new Error(`the token was not refused: ${JSON.stringify(error)}`);
  expect(error).toMatchObject({ kind: "unauthenticated" });
  return error;
};

const refused = async (token: string): Promise<void> => {
  expect((await refusal(token)).reason).toBe("IDENTITY_INVALID");
};

describe("a good token", () => {
  test("of a users key speaks for a user", async () => {
    const { verifier, users } = setUp();
    const token = await users.user(alice, session);
    expect(await verifier.verify(token)).toEqual({ kind: "user", userUuid: alice, sessionUuid: session, token });
  });

  test("of a service key speaks for that service", async () => {
    const { verifier, clock } = setUp();
    const token = await createIdentitySigner({ privateJwk: privateJwks.order, clock }).service("inventory");
    expect(await verifier.verify(token)).toEqual({ kind: "service", service: "order", token });
  });

  test("is believed 5 seconds past its expiry and before its making, because clocks differ", async () => {
    const { verifier, users, clock } = setUp();
    const token = await users.user(alice, session);
    clock.advance(64_999);
    await expect(verifier.verify(token)).resolves.toBeDefined();
    clock.advance(-64_999 - 5000);
    await expect(verifier.verify(token)).resolves.toBeDefined();
  });

  test("of a second generation of a key is believed beside the first", async () => {
    const next = { ...generateIdentityKeys(["order"]).privateJwks.order, kid: "service:order:2026-12" };
    const { d: _private, ...publicHalf } = next;
    const verifier = createIdentityVerifier({ service: "inventory", jwks: { keys: [...jwks.keys, publicHalf] } });
    const token = await createIdentitySigner({ privateJwk: next }).service("inventory");
    expect(await verifier.verify(token)).toMatchObject({ kind: "service", service: "order" });
  });
});

test("no token is nobody, not an error", async () => {
  expect(await setUp().verifier.verify(undefined)).toBeUndefined();
});

describe("is refused:", () => {
  test.each([
    ["nothing", ""],
    ["noise", "abc"],
    ["three empty parts", ".."],
    ["five parts", "a.b.c.d.e"],
    ["control characters", "a\r\nb.c.d"],
    ["JSON that is no object", `${Buffer.from("[]").toString("base64url")}.e30.e30`],
    ["a token without a signature", unsigned(start)],
  ])("%s", async (_what, token) => {
    await refused(token);
  });

  const wrong: readonly [string, Forgery][] = [
    ["another type of token", { typ: "JWT" }],
    ["another name of the algorithm", { alg: "Ed25519" }],
    ["a key id that nobody trusts", { kid: "users:9" }],
    ["a key id of the prototype", { kid: "__proto__" }],
    ["the key id of another key", { kid: "service:order" }],
    ["another issuer", { claims: { iss: "someone" } }],
    ["no issuer", { claims: { iss: undefined } }],
    ["another audience", { claims: { aud: "other" } }],
    ["no audience", { claims: { aud: undefined } }],
    ["no subject", { claims: { sub: undefined } }],
    ["a subject that is no user", { claims: { sub: "order" } }],
    ["a subject that is no text", { claims: { sub: 7 } }],
    ["no expiry", { claims: { exp: undefined } }],
    ["an expiry that is no number", { claims: { exp: "9999999999" } }],
    ["an expiry after which there is none", { claims: { exp: 1e300 } }],
    ["no time of making", { claims: { iat: undefined } }],
    ["a making in the future", { claims: { iat: start.getTime() / 1000 + 6, exp: start.getTime() / 1000 + 60 } }],
    ["a beginning in the future", { claims: { nbf: start.getTime() / 1000 + 6 } }],
    ["a life longer than a quarter of an hour", { claims: { exp: start.getTime() / 1000 + 901 } }],
    ["an audience of one service", { claims: { aud: "gantry:inventory" } }],
    ["the audience of all in a list", { claims: { aud: ["gantry"] } }],
    ["the audiences of a person and of a service", { claims: { aud: ["gantry", "gantry:inventory"] } }],
    ["no session", { claims: { sid: undefined } }],
    ["a session that is no UUID", { claims: { sid: "1" } }],
    ["a session that is no text", { claims: { sid: [session] } }],
  ];
  test.each(wrong)("%s", async (_what, forgery) => {
    await refused(await forge(privateJwks.users, start, forgery));
  });

  const wrongOfService: readonly [string, Forgery][] = [
    ["for another service", { claims: { aud: "gantry:payment" } }],
    ["for a service whose name begins alike", { claims: { aud: "gantry:inventory-admin" } }],
    ["for everyone, as a person's is", { claims: { aud: "gantry" } }],
    ["for two services", { claims: { aud: ["gantry:inventory", "gantry:payment"] } }],
    ["for nobody", { claims: { aud: undefined } }],
    ["that lives longer than 90 days", { claims: { exp: start.getTime() / 1000 + 7_776_001 } }],
  ];
  test.each(wrongOfService)("a service's identity %s", async (_what, forgery) => {
    await refused(await forge(privateJwks.order, start, forgery));
  });

  test("a service's identity, all right (so that the list above fails for the reason it names)", async () => {
    const token = await forge(privateJwks.order, start);
    expect(await setUp().verifier.verify(token)).toMatchObject({ kind: "service", service: "order" });
  });

  test("the same claims, all right (so that the list above fails for the reason it names)", async () => {
    const token = await forge(privateJwks.users, start);
    expect(await setUp().verifier.verify(token)).toMatchObject({ kind: "user" });
  });

  test("a token of a stranger's key under a trusted key id", async () => {
    await refused(await forge(stranger.users, start));
  });

  test("the key of one service speaking for another", async () => {
    await refused(await forge(privateJwks.order, start, { claims: { sub: "payment" } }));
  });

  test("the key of a service speaking for one whose name begins alike", async () => {
    await refused(await forge(privateJwks.order, start, { claims: { sub: "order-admin" } }));
  });

  test("the key of a service speaking for a user", async () => {
    await refused(await forge(privateJwks.order, start, { claims: { sub: alice } }));
  });

  test("the key of users speaking for a service", async () => {
    await refused(await forge(privateJwks.users, start, { claims: { sub: "service:order" } }));
  });

  test("an altered payload", async () => {
    const token = await forge(privateJwks.users, start);
    await refused(withPayload(token, { ...decodeJwt(token), sub: "01890a5d-ac96-774b-bcce-000000000000" }));
  });

  test("an HMAC made with the public key (the confusion of RFC 8725, 2.1)", async () => {
    const token = withHeader(await forge(privateJwks.users, start), {
      alg: "HS256",
      typ: "identity+jwt",
      kid: "users:1",
    });
    const signed = token.slice(0, token.lastIndexOf("."));
    const secret = Buffer.from(privateJwks.users.x, "base64url");
    await refused(`${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`);
  });

  test.each(["none", "ES256", "Ed25519", "RS256"])("algorithm %s in the header", async (alg) => {
    await refused(withHeader(await forge(privateJwks.users, start), { alg, typ: "identity+jwt", kid: "users:1" }));
  });

  test("a header that asks for what it does not know", async () => {
    const header = { alg: "EdDSA", typ: "identity+jwt", kid: "users:1", crit: ["x"], x: 1 };
    await refused(withHeader(await forge(privateJwks.users, start), header));
  });

  test("a key that the token brings along", async () => {
    const { d: _private, ...jwk } = stranger.users;
    const header = { alg: "EdDSA", typ: "identity+jwt", kid: "users:1", jwk };
    await refused(withHeader(await forge(stranger.users, start), header));
  });

  test("two header values joined by a proxy", async () => {
    const token = await forge(privateJwks.users, start);
    await refused(`${token}, ${token}`);
  });

  test("a token of more than 2048 characters, before it is parsed", async () => {
    const error = await refusal("e".repeat(2049));
    expect(error).toMatchObject({ reason: "IDENTITY_INVALID", meta: { why: "longer than 2048 characters" } });
  });

  test("everything when no key is trusted", async () => {
    const verifier = createIdentityVerifier({ service: "inventory", jwks: { keys: [] } });
    const token = await createIdentitySigner({ privateJwk: privateJwks.users }).user(alice, session);
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: "IDENTITY_INVALID" });
  });
});

test("tells an expired token from a bad one, but not to those who cannot sign", async () => {
  const past = new Date(start.getTime() - 120_000);
  expect((await refusal(await forge(privateJwks.users, past))).reason).toBe("IDENTITY_EXPIRED");
  expect((await refusal(await forge(stranger.users, past))).reason).toBe("IDENTITY_INVALID");
});

test("calls a service's identity expired 90 days after its making, whatever it says itself", async () => {
  const token = await forge(privateJwks.order, start, { claims: { iat: start.getTime() / 1000 - 7_776_010 } });
  expect((await refusal(token)).reason).toBe("IDENTITY_EXPIRED");
});

test("says to the client that, and to the log why", async () => {
  const error = await refusal(await forge(privateJwks.order, start, { claims: { sub: "payment" } }));
  expect(error.message).toBe("The identity is not valid.");
  expect(error.details).toEqual({});
  expect(error.meta).toEqual({ why: "signed by the key of another service" });
});
