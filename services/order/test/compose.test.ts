import { readFile } from "node:fs/promises";
import { silentLogger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";
import { expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import { orderConfig } from "../src/config.ts";
import { aConfig } from "./fixture.ts";

const nowhere = "postgres://order:secret@127.0.0.1:1/order";

test("the service stops its port first and its database last", async () => {
  const components = compose({ config: aConfig(nowhere, testIdentity()), logger: silentLogger });
  expect(components.map(({ name }) => name)).toEqual([
    "postgres",
    "broker",
    "relay",
    "consumer-order",
    "inventory",
    "payment",
    "sweeper",
    "teller",
    "http",
  ]);
  await expect(components[0]?.check?.()).rejects.toMatchObject({ kind: "unavailable" });
  for (const component of components.toReversed()) await component.stop?.();
});

test("the configuration names what is missing and never shows a secret", () => {
  expect(() => orderConfig.load({})).toThrow(/IDENTITY_JWKS[\s\S]*ORDER_POSTGRES_URL[\s\S]*ORDER_INVENTORY_URL/);
  expect(() => orderConfig.load({ ORDER_POSTGRES_URL: "mysql://u:geheim@x/y" })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
  );
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of orderConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
