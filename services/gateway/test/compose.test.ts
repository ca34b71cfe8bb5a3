import { readFile } from "node:fs/promises";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import { gatewayConfig } from "../src/config.ts";
import { aConfig, identityOf } from "./fixture.ts";

test("the service is composed of its connections to IAM and its port in front of them", async () => {
  const components = compose({ config: aConfig(identityOf()), logger: silentLogger });
  expect(components.map(({ name }) => name)).toEqual(["iam", "gateway"]);
  await expect(components[1].check()).rejects.toThrow("sessions cannot be checked");
  for (const { stop } of components.toReversed()) await stop?.();
});

test("half of TLS is a mistake", () => {
  const config = aConfig(identityOf(), { GATEWAY_TLS_CERT_FILE: "/nowhere/cert.pem" });
  expect(() => compose({ config, logger: silentLogger })).toThrow(
    expect.objectContaining({ reason: "TLS_INCOMPLETE" }),
  );
});

test("the configuration names what is missing and what is wrong", () => {
  expect(() => gatewayConfig.load({})).toThrow(/GATEWAY_IDENTITY_KEY[\s\S]*GATEWAY_IAM_URL[\s\S]*GATEWAY_PAYMENT_URL/);
  const load = (env: Readonly<Record<string, string>>) => () => aConfig(identityOf(), env);
  expect(load({ GATEWAY_SESSION_CACHE_MS: "5001" })).toThrow(/GATEWAY_SESSION_CACHE_MS/);
  for (const origins of ["*", "https://shop.example/", "https://*.example", "shop.example"]) {
    expect(load({ GATEWAY_ORIGINS: origins })).toThrow(/GATEWAY_ORIGINS/);
  }
  const { origins } = aConfig(identityOf(), { GATEWAY_ORIGINS: "https://shop.example, http://localhost:5173" });
  expect(origins).toEqual(["https://shop.example", "http://localhost:5173"]);
});

test("the README names every variable that the service reads", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const { env } of gatewayConfig.describe()) expect(readme).toContain(`\`${env}\``);
});
