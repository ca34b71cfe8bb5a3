import { readFile } from "node:fs/promises";
import { createMemoryBroker } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";
import { expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import { paymentConfig } from "../src/config.ts";
import { aConfig } from "./fixture.ts";

const nowhere = "postgres://payment:secret@127.0.0.1:1/payment";

test("the service is composed of its database, its broker, what writes and reads there, and its port behind them", async () => {
  const context = { config: aConfig(nowhere, testIdentity()), logger: silentLogger };
  const components = compose(context, createMemoryBroker());
  const names = ["postgres", "broker", "relay", "wallet", "consumer-payment", "rpc"];
  expect(components.map(({ name }) => name)).toEqual(names);
  await expect(components[0]?.check?.()).rejects.toMatchObject({ kind: "unavailable" });
  for (const { stop } of components.toReversed()) await stop?.();
});

test("the service does not begin without a place for its events", () => {
  const context = { config: aConfig(nowhere, testIdentity()), logger: silentLogger };
  expect(() => compose(context)).toThrow(expect.objectContaining({ reason: "EVENTS_NOT_CONFIGURED" }));
});

test("the configuration names what is missing and never shows a secret", () => {
  expect(() => paymentConfig.load({})).toThrow(/IDENTITY_JWKS[\s\S]*PAYMENT_POSTGRES_URL/);
  expect(() => paymentConfig.load({ PAYMENT_WALLET_CURRENCY: "usd" })).toThrow(/PAYMENT_WALLET_CURRENCY/);
  expect(() => paymentConfig.load({ PAYMENT_POSTGRES_URL: "mysql://u:geheim@x/y" })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
  );
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of paymentConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
