import { describe, expect, test } from "vitest";
import { defineConfig, identityJwksUrl, identityKey, serviceSettings } from "../src/index.ts";

const optional = defineConfig("order", serviceSettings("ORDER"));
const required = defineConfig("order", { ...serviceSettings("ORDER"), identityKey: identityKey("ORDER") });

const x = "A".repeat(43);
const publicKey = { kty: "OKP", crv: "Ed25519", kid: "users:1", x };
const jwks = (...keys: unknown[]): string => JSON.stringify({ keys });

test("every service has the same settings, with its own prefix", () => {
  expect(optional.describe().map(({ env }) => env)).toEqual([
    "LOG_LEVEL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "IDENTITY_JWKS",
    "ORDER_IDENTITY_KEY",
    "ORDER_HOST",
    "ORDER_OPS_PORT",
  ]);
});

test("nothing but the trusted keys is required", () => {
  expect(optional.describe().filter(({ required: needed }) => needed)).toMatchObject([{ env: "IDENTITY_JWKS" }]);
  expect(optional.load({ IDENTITY_JWKS: jwks(publicKey) })).toMatchObject({ identityJwks: { keys: [publicKey] } });
});

test("a service that speaks for itself can require its key", () => {
  expect(() => required.load({ IDENTITY_JWKS: jwks() })).toThrow("ORDER_IDENTITY_KEY is not set");
  const key = { ...publicKey, kid: "service:order", d: x };
  expect(required.load({ IDENTITY_JWKS: jwks(), ORDER_IDENTITY_KEY: JSON.stringify(key) }).identityKey).toEqual(key);
});

describe("the trusted keys are refused", () => {
  test.each([
    ["when one of them is private", jwks({ ...publicKey, d: x })],
    ["when one is of another kind", jwks({ ...publicKey, crv: "P-256" })],
    ["when one has no name", jwks({ ...publicKey, kid: "" })],
    ["when they are no set", JSON.stringify([publicKey])],
    ["when they are no JSON", "{"],
  ])("%s", (_what, value) => {
    expect(() => optional.load({ IDENTITY_JWKS: value })).toThrow("IDENTITY_JWKS");
  });

  test("without showing a private key that was put among them", () => {
    const leaked = "c4n4ry".padEnd(43, "A");
    expect(() => optional.load({ IDENTITY_JWKS: jwks({ ...publicKey, d: leaked }) })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("c4n4ry") }),
    );
  });
});

test("an address of more keys is optional, and an http address", () => {
  const settings = defineConfig("order", { url: identityJwksUrl() });
  expect(settings.load({})).toEqual({ url: undefined });
  expect(() => settings.load({ IDENTITY_JWKS_URL: "file:///etc/keys" })).toThrow("IDENTITY_JWKS_URL");
});
