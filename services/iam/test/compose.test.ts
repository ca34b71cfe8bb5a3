import { readFile } from "node:fs/promises";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import { iamConfig } from "../src/config.ts";
import { aConfig, anIdentity, environment } from "./fixture.ts";

const nowhere = "postgres://iam:secret@127.0.0.1:1/iam";
const composed = (settings: Readonly<Record<string, string>> = {}) =>
  compose({ config: aConfig(nowhere, anIdentity(), settings), logger: silentLogger });

test("the service is composed of its database, the worker that clears it, and its port behind them", async () => {
  const components = composed();
  expect(components.map(({ name }) => name)).toEqual(["postgres", "retention", "rpc"]);
  await expect(components[0]?.check?.()).rejects.toMatchObject({ kind: "unavailable" });
  for (const { stop } of components.toReversed()) await stop?.();
});

test("sessions are in Redis when there is one, and the service is not ready without it", async () => {
  const components = composed({ REDIS_URL: "redis://127.0.0.1:1" });
  expect(components.map(({ name }) => name)).toEqual(["postgres", "retention", "redis", "rpc"]);
  const redis = components.find(({ name }) => name === "redis");
  await expect(redis?.check?.()).rejects.toMatchObject({ kind: "unavailable" });
  for (const { stop } of components.toReversed()) await stop?.();
});

test("the configuration names what is missing and never shows a secret", () => {
  expect(() => iamConfig.load({})).toThrow(/IDENTITY_JWKS[\s\S]*IAM_POSTGRES_URL[\s\S]*IAM_USERS_KEY/);
  const wrong = { IAM_USERS_KEY: '{"d":"geheim"}', REDIS_URL: "http://u:geheim@x" };
  expect(() => iamConfig.load(wrong)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
  );
});

test.each([
  ["IAM_HASH_MEMORY_KIB", "19455"],
  ["IAM_HASH_ITERATIONS", "1"],
  ["IAM_HASH_CONCURRENCY", "0"],
  ["IAM_SESSION_CACHE_MS", "5001"],
  ["IAM_SESSION_LIFE_MS", "86400001"],
  ["IAM_IDENTITY_TTL_SEC", "901"],
  ["IAM_THROTTLES", "no"],
])("%s cannot be %s", (name, value) => {
  expect(() => iamConfig.load(environment(nowhere, anIdentity(), { [name]: value }))).toThrow(
    new RegExp(`${name} is `),
  );
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of iamConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
