import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { createIdentityVerifier } from "@gantry/identity";
import { expect, test } from "vitest";
import { forgedIdentities, freePort, isPortFree, processStart, tempDir, testIdentity } from "../src/index.ts";

test("a free port can be listened on, and then is free no more", async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, host: "127.0.0.1" }, resolve));
  expect(await isPortFree(port)).toBe(false);
  server.close();
});

test("a temporary directory goes with its scope", async () => {
  let path: string;
  {
    await using directory = await tempDir();
    path = directory.path;
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});

test("a process has one start time, and a process that is not there has none", () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  expect(processStart(process.pid)).toBeDefined();
  expect(processStart(2 ** 22 + 1)).toBeUndefined();
});

test("forged identities are refused by the real verifier for the reason they name", async () => {
  const identity = testIdentity();
  const verifier = createIdentityVerifier({ service: "inventory", jwks: identity.jwks });
  for (const { what, token, reason } of forgedIdentities(identity, "order", "inventory")) {
    await expect(verifier.verify(token), what).rejects.toMatchObject({ kind: "unauthenticated", reason });
  }
});

test("test identities pass the real verifier, and only with their own keys", async () => {
  const identity = testIdentity();
  const verifier = createIdentityVerifier({ service: "inventory", jwks: identity.jwks });
  const userUuid = "0192f0c1-7e3a-7cc3-8b5a-9f2d1c3b4a5e";
  expect(await verifier.verify(await identity.user(userUuid))).toMatchObject({ kind: "user", userUuid });
  const service = await identity.service("order", "inventory");
  expect(await verifier.verify(service)).toMatchObject({ kind: "service", service: "order" });
  await expect(verifier.verify(await testIdentity().user())).rejects.toMatchObject({ reason: "IDENTITY_INVALID" });
  expect(() => identity.env("cart")).toThrow('no key for "cart"');
  expect(Object.keys(identity.env("order"))).toEqual(["IDENTITY_JWKS", "ORDER_IDENTITY_KEY"]);
});
