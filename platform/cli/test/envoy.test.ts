import { expect, test } from "vitest";
import type { Environment } from "../src/config.ts";
import { runGantry } from "../src/gantry.ts";
import { openWorkspace } from "../src/workspace.ts";

const places: Environment = {
  GATEWAY_HTTP_PORT: "8080",
  GATEWAY_IAM_URL: "http://127.0.0.1:8090",
  GATEWAY_ORDER_URL: "http://order.internal:8081",
  GATEWAY_INVENTORY_URL: "http://127.0.0.1:50051",
  GATEWAY_PAYMENT_URL: "http://127.0.0.1:50052",
};

async function gantryEnvoy(environment: Environment, ...words: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const output = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
  const code = await runGantry("envoy", words, { output, workspace: openWorkspace(), environment });
  return { code, out: out.join(""), err: err.join("") };
}

test("renders the repository's template with the routes of its contracts, for the given addresses", async () => {
  const { code, out, err } = await gantryEnvoy(places, "render");
  expect([code, err]).toEqual([0, ""]);
  const names = JSON.parse(out).static_resources.clusters.map(({ name }: { name: string }) => name);
  expect(names).toEqual(["session-check", "iam", "order", "inventory", "payment"]);
  expect(out).toContain("/gantry.iam.v1.AuthService/Login");
  expect(out).not.toContain("/gantry.cart.v1.CartService");
});

test("has no secret in what it renders", async () => {
  const { out } = await gantryEnvoy({ ...places, GATEWAY_IAM_TOKEN: "aaa.bbb.ccc" }, "render");
  expect(out).not.toContain("aaa.bbb.ccc");
});

test("names every setting that is missing or wrong, and renders nothing", async () => {
  const { code, out, err } = await gantryEnvoy(
    { ...places, GATEWAY_HTTP_PORT: "eighty", GATEWAY_IAM_URL: "" },
    "render",
  );
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("GATEWAY_HTTP_PORT");
  expect(err).toContain("GATEWAY_IAM_URL");
});

test("refuses half of a TLS certificate", async () => {
  const { code, err } = await gantryEnvoy({ ...places, GATEWAY_TLS_CERT_FILE: "cert.pem" }, "render");
  expect([code, err]).toEqual([64, expect.stringContaining("belong together")]);
});

test("tells its settings", async () => {
  expect((await gantryEnvoy({}, "settings")).out).toContain("ENVOY_ADMIN_PORT");
});

test.each([[[]], [["start"]], [["render", "more"]]])("refuses the words %j", async (words) => {
  expect((await gantryEnvoy(places, ...words)).code).toBe(64);
});
