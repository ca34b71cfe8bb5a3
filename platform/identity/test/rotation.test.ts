import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createIdentitySigner,
  createIdentityVerifier,
  generateIdentityKeys,
  type IdentityPrivateJwk,
  type IdentityPublicJwk,
} from "../src/index.ts";
import { alice, session } from "./tokens.ts";

const generation = (number: number): IdentityPrivateJwk => ({
  ...generateIdentityKeys(["users"]).privateJwks.users,
  kid: `users:${number}`,
});
const publicHalf = ({ d: _private, ...jwk }: IdentityPrivateJwk): IdentityPublicJwk => jwk;
const [first, second] = [generation(1), generation(2)];
const tokenOf = (key: IdentityPrivateJwk) => createIdentitySigner({ privateJwk: key }).user(alice, session);
const invalid = { kind: "unauthenticated", reason: "IDENTITY_INVALID" };
const verifierOf = (...keys: readonly IdentityPrivateJwk[]) =>
  createIdentityVerifier({ service: "inventory", jwks: { keys: keys.map(publicHalf) } });

describe("a rotation of the key that signs people's identities", () => {
  test("has a time when both are believed", async () => {
    const verifier = verifierOf(first, second);
    expect(await verifier.verify(await tokenOf(first))).toMatchObject({ userUuid: alice });
    expect(await verifier.verify(await tokenOf(second))).toMatchObject({ userUuid: alice });
  });

  test("ends with the first one believed no longer", async () => {
    const verifier = verifierOf(second);
    await expect(verifier.verify(await tokenOf(first))).rejects.toMatchObject(invalid);
    await expect(verifier.verify(await tokenOf({ ...first, kid: "users:2" }))).rejects.toMatchObject(invalid);
    expect(await verifier.verify(await tokenOf(second))).toMatchObject({ userUuid: alice });
  });
});

/** IAM's address of keys: answers what `answer` says and counts. Closed with the block. */
async function keysAt(answer: () => { readonly status?: number; readonly body: string } | undefined) {
  const seen = { requests: 0 };
  const server = createServer((_, response) => {
    seen.requests++;
    const given = answer();
    if (given !== undefined) response.writeHead(given.status ?? 200).end(given.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const setOf = (...keys: readonly object[]) => ({ body: JSON.stringify({ keys }) });

describe("keys at an address", () => {
  afterEach(() => vi.restoreAllMocks());

  const verifierWith = (jwksUrl: string) =>
    createIdentityVerifier({ service: "inventory", jwks: { keys: [publicHalf(first)] }, jwksUrl });

  test("are looked up once, for the first token of a key that was not known", async () => {
    await using iam = await keysAt(() => setOf(publicHalf(first), publicHalf(second)));
    const verifier = verifierWith(iam.jwksUrl);
    expect(await verifier.verify(await tokenOf(first))).toMatchObject({ userUuid: alice });
    expect(iam.seen.requests).toBe(0);
    const tokens = await Promise.all([1, 2, 3].map((number) => signedInSecond(number)));
    for (const principal of await Promise.all(tokens.map((token) => verifier.verify(token)))) {
      expect(principal).toMatchObject({ userUuid: alice });
    }
    expect(iam.seen.requests).toBe(1);
  });

  const signedInSecond = (number: number) =>
    createIdentitySigner({ privateJwk: second, ttlSec: 60 + number }).user(alice, session);

  test("speak for no service", async () => {
    const order = generateIdentityKeys(["order"]).privateJwks.order;
    await using iam = await keysAt(() => setOf(publicHalf(order)));
    const token = await createIdentitySigner({ privateJwk: order }).service("inventory");
    await expect(verifierWith(iam.jwksUrl).verify(token)).rejects.toMatchObject(invalid);
    expect(iam.seen.requests).toBe(0);
  });

  test("do not take the place of one that is trusted", async () => {
    const other = { ...generation(1), kid: "users:1" };
    await using iam = await keysAt(() => setOf(publicHalf(other)));
    await expect(verifierWith(iam.jwksUrl).verify(await tokenOf(other))).rejects.toMatchObject(invalid);
  });

  test.each([
    ["there is no such key", () => setOf(publicHalf(first))],
    ["another key has the id", () => setOf({ ...publicHalf(first), kid: "users:2" })],
    ["it answers with an error", () => ({ status: 500, body: "no" })],
    ["it answers with what is no key set", () => ({ body: "<html>" })],
    ["it answers elsewhere", () => ({ status: 302, body: "" })],
    ["the set is too long", () => setOf(publicHalf(second), { kty: "OKP", filler: "x".repeat(70_000) })],
  ])("let nobody in when %s, and are not looked for again at once", async (_what, answer) => {
    await using iam = await keysAt(answer);
    const verifier = verifierWith(iam.jwksUrl);
    await expect(verifier.verify(await signedInSecond(1))).rejects.toMatchObject(invalid);
    await expect(verifier.verify(await signedInSecond(2))).rejects.toMatchObject(invalid);
    expect(iam.seen.requests).toBe(1);
  });

  test("let nobody in when nobody answers in time", async () => {
    await using iam = await keysAt(() => undefined);
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new DOMException("", "TimeoutError")));
    await expect(verifierWith(iam.jwksUrl).verify(await tokenOf(second))).rejects.toMatchObject(invalid);
  });
});
