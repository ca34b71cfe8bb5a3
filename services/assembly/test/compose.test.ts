import { readFile } from "node:fs/promises";
import { createMemoryBroker } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import { assemblyConfig } from "../src/config.ts";
import { aConfig } from "./fixture.ts";

const nowhere = "postgres://assembly:secret@127.0.0.1:1/assembly";

test("the service is composed so that what uses a part starts behind it and stops before it", () => {
  const components = compose({ config: aConfig(nowhere), logger: silentLogger }, createMemoryBroker());
  expect(components.map(({ name }) => name)).toEqual(["postgres", "broker", "relay", "assembler", "consumer-assembly"]);
});

test("without a place for events it does not start", () => {
  expect(() => compose({ config: aConfig(nowhere), logger: silentLogger })).toThrow(
    expect.objectContaining({ reason: "EVENTS_NOT_CONFIGURED" }),
  );
});

test("the configuration refuses a shortest time above the longest", () => {
  expect(() => aConfig(nowhere, { ASSEMBLY_MIN_MS: "5000", ASSEMBLY_MAX_MS: "4000" })).toThrow(
    "ASSEMBLY_MIN_MS is 5000, more than ASSEMBLY_MAX_MS, which is 4000",
  );
});

test("the configuration never shows a secret", () => {
  expect(() => assemblyConfig.load({ ASSEMBLY_POSTGRES_URL: "mysql://u:geheim@x/y" })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
  );
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of assemblyConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
