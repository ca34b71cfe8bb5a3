import { readFile } from "node:fs/promises";
import { createMemoryBroker } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import { notificationConfig } from "../src/config.ts";
import { aConfig } from "./fixture.ts";

const nowhere = "postgres://notification:secret@127.0.0.1:1/notification";
const partsOf = (env: Readonly<Record<string, string>>) =>
  compose({ config: aConfig(nowhere, env), logger: silentLogger }, { broker: createMemoryBroker() }).map(
    ({ name }) => name,
  );

test("without a bot it is composed of its database, what sends, its broker and what consumes", () => {
  expect(partsOf({})).toEqual(["postgres", "sender", "broker", "consumer-notification"]);
});

test("with a bot it also reads what people write to it", () => {
  expect(partsOf({ TELEGRAM_BOT_TOKEN: "7:abcdefgh" })).toContain("greeter");
});

test("with the address of IAM it has a connection to it, and needs the key to ask with", () => {
  const env = { NOTIFICATION_IAM_URL: "http://127.0.0.1:1" };
  expect(partsOf(env)).toContain("iam");
  expect(() => partsOf({ ...env, NOTIFICATION_IDENTITY_KEY: "" })).toThrow("needs NOTIFICATION_IDENTITY_KEY");
});

test("the configuration never shows a token, a chat or a password", () => {
  const wrong = {
    NOTIFICATION_POSTGRES_URL: "mysql://u:geheim@x/y",
    TELEGRAM_BOT_TOKEN: "geheim",
    NOTIFICATION_TELEGRAM_CHAT_ID: "geheim geheim",
  };
  expect(() => notificationConfig.load(wrong)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
  );
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of notificationConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
