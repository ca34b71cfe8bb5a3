import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineConfig, flag, json, port, postgresUrl, serviceSettings, setting } from "../src/index.ts";

const config = defineConfig("order", {
  httpPort: setting({ env: "ORDER_HTTP_PORT", schema: port().default(8080), description: "The port of the API." }),
  databaseUrl: setting({
    env: "ORDER_POSTGRES_URL",
    schema: postgresUrl(),
    description: "The database.",
    secret: true,
    example: "postgres://order@127.0.0.1/order",
  }),
  pepper: setting({
    env: "ORDER_PEPPER",
    schema: z.string().default("c4n4ry"),
    description: "A secret with a default.",
    secret: true,
  }),
  strict: setting({ env: "ORDER_STRICT", schema: flag().optional(), description: "Whether answers are checked." }),
  keys: setting({
    env: "ORDER_KEYS",
    schema: json(z.array(z.number())),
    description: "Some keys.",
    example: '{"a":[1]} #',
  }),
});

test("help is a table of names, defaults and meanings", () => {
  expect(config.help()).toBe(
    [
      "order reads these variables:",
      "",
      "  ORDER_HTTP_PORT     8080              The port of the API.",
      "  ORDER_POSTGRES_URL  required, secret  The database.",
      "  ORDER_PEPPER        secret            A secret with a default.",
      "  ORDER_STRICT        optional          Whether answers are checked.",
      "  ORDER_KEYS          required          Some keys.",
      "",
    ].join("\n"),
  );
});

test("the .env template leaves open what is required and comments out what is not", () => {
  expect(config.dotenv()).toBe(
    [
      "# Settings of order.",
      "",
      "# The port of the API. (8080)",
      "# ORDER_HTTP_PORT=8080",
      "",
      "# The database. (required, secret)",
      "ORDER_POSTGRES_URL=postgres://order@127.0.0.1/order",
      "",
      "# A secret with a default. (secret)",
      "# ORDER_PEPPER=",
      "",
      "# Whether answers are checked. (optional)",
      "# ORDER_STRICT=",
      "",
      "# Some keys. (required)",
      `ORDER_KEYS='{"a":[1]} #'`,
      "",
    ].join("\n"),
  );
});

test("the template is read by Node as it was meant", () => {
  expect(parseEnv(config.dotenv())).toEqual({
    ORDER_POSTGRES_URL: "postgres://order@127.0.0.1/order",
    ORDER_KEYS: '{"a":[1]} #',
  });
});

test("no default of a secret is shown anywhere", () => {
  expect(config.help() + config.dotenv() + JSON.stringify(config.describe())).not.toContain("c4n4ry");
});

test("the settings of every service are complete in the template of a new one", () => {
  const template = defineConfig("new", serviceSettings("NEW")).dotenv();
  expect(defineConfig("new", serviceSettings("NEW")).load(parseEnv(template))).toMatchObject({
    logLevel: "info",
    host: "127.0.0.1",
    opsPort: 0,
    identityJwks: { keys: [] },
  });
});
