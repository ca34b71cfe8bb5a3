import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect as connectH2 } from "node:http2";
import { get } from "node:https";
import { join } from "node:path";
import { eventually, processStart, selfSigned, tempDir } from "@gantry/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { ownEnvironment } from "../src/config.ts";
import { envoyBinary, startEnvoyGateway } from "../src/index.ts";
import { runProgram } from "../src/run-program.ts";
import { infraTests } from "./config.ts";
import { broken, CREDENTIAL, envoyLab, IDENTITY, script, statusOf, TOKEN } from "./envoy-lab.ts";

const TEST_MS = 120_000;
const session = `Authorization: Bearer ${TOKEN}`;
const forged = `x-gantry-identity: ${IDENTITY}`;

describe.runIf(infraTests)("Envoy", { timeout: TEST_MS }, () => {
  test("lets in who has a session, names them to the service, and nobody else", async () => {
    const { gateway, arrivals } = await envoyLab();
    expect(await statusOf(gateway.url, "/mine", session, `Cookie: a=1; __Host-session=${TOKEN}`)).toBe(200);
    expect(arrivals[0]?.headers).toMatchObject({
      "x-gantry-identity": IDENTITY,
      "x-forwarded-for": "127.0.0.1",
      cookie: "a=1",
    });
    expect(arrivals[0]?.headers).not.toHaveProperty("authorization");
    expect(await statusOf(gateway.url, "/mine", forged)).toBe(401);
    expect(await statusOf(gateway.url, "/open", forged)).toBe(200);
    expect(arrivals[1]?.headers).not.toHaveProperty("x-gantry-identity");
    expect(arrivals).toHaveLength(2);
  });

  describe("does not start", () => {
    const settings = { upstreams: {}, iamUrl: "http://127.0.0.1:1", origins: [] };
    const start = (script: string, iamToken = CREDENTIAL) =>
      startEnvoyGateway({ routes: [], iamToken, settings, parts: { script } });

    test("without its credential for IAM", async () => {
      await expect(start(script, "")).rejects.toThrow("GATEWAY_IAM_TOKEN is missing");
      await expect(start(script, "not a token")).rejects.toThrow("GATEWAY_IAM_TOKEN is missing");
    });
    test("on a script with a syntax error", async () => {
      await expect(start(`${script}\nfunction (`)).rejects.toThrow("Envoy refuses the configuration");
    });
    test.each(["has no envoy_on_request", "is empty"] as const)("on a script that %s", async (what) => {
      await expect(start(broken[what])).rejects.toThrow("has no envoy_on_request");
    });
  });

  test("a drain stops accepting, says so, lets what runs finish, and ends", async () => {
    const { gateway, arrivals, release } = await envoyLab({ drainMs: 20_000 });
    const held = statusOf(gateway.url, "/held", session);
    await eventually(() => expect(arrivals).toHaveLength(1));
    const drained = gateway.drain();
    await eventually(async () => expect(await statusOf(gateway.url, "/open")).toBe(0));
    release();
    expect(await held).toBe(200);
    await drained;
    expect(processStart(gateway.pid)).toBeUndefined();
  });

  test("a drain cuts what does not finish in time", async () => {
    const { gateway, arrivals } = await envoyLab({ drainMs: 200 });
    const held = statusOf(gateway.url, "/held", session);
    await eventually(() => expect(arrivals).toHaveLength(1));
    await gateway.drain();
    expect(await held).toBe(0);
  });

  test("is not ready while IAM's port is closed", async () => {
    const { gateway } = await envoyLab({ settings: { iamUrl: "http://127.0.0.1:1" } });
    await eventually(async () => expect(await statusOf(gateway.url, "/readyz")).toBe(503));
    expect(await statusOf(gateway.url, "/healthz")).toBe(200);
  });

  test("its log names the user and the reason, and holds no token, credential or query", async () => {
    const { gateway } = await envoyLab();
    await statusOf(gateway.url, "/mine?secret=hidden", session);
    await statusOf(gateway.url, "/mine", `X-Session-Uuid: ${TOKEN}!`, `traceparent: 00-0-0-01`);
    await eventually(() => expect(gateway.log()).toContain("SESSION_INVALID"));
    expect(gateway.log()).toContain('"path":"/mine"');
    for (const secret of [TOKEN, CREDENTIAL, IDENTITY, "hidden"]) expect(gateway.log()).not.toContain(secret);
  });

  test.each([
    [true, [200, 200, 429]],
    [false, [200, 200, 200]],
  ])("keeps rates: %s", async (rateLimits, expected) => {
    const { gateway } = await envoyLab({ settings: { rateLimits } });
    const statuses: number[] = [];
    for (const _ of expected) statuses.push(await statusOf(gateway.url, "/limited"));
    expect(statuses).toEqual(expected);
  });

  test("with a certificate its port speaks TLS only, h2 or HTTP/1.1 as ALPN agrees, and says so behind", async () => {
    const folder = await tempDir();
    onTestFinished(() => folder.remove());
    const tls = { certificateFile: join(folder.path, "cert.pem"), keyFile: join(folder.path, "key.pem") };
    const { cert, key } = selfSigned();
    await Promise.all([writeFile(tls.certificateFile, cert), writeFile(tls.keyFile, key)]);
    const { gateway, arrivals } = await envoyLab({ settings: { tls } });
    const origin = gateway.url.replace("http:", "https:");

    const overH1 = await once(get(`${origin}/open`, { ca: cert, agent: false }), "response");
    expect(overH1[0]).toMatchObject({ statusCode: 200, httpVersion: "1.1" });
    const session = connectH2(origin, { ca: cert });
    onTestFinished(() => session.destroy());
    const [overH2] = await once(session.request({ ":path": "/open" }), "response");
    expect(overH2).toMatchObject({ ":status": 200 });
    expect(arrivals.map(({ headers }) => headers["x-forwarded-proto"])).toEqual(["https", "https"]);
    expect(await statusOf(gateway.url, "/open")).toBe(0);
  });

  test("main.ts says where the binary is, and ends", async () => {
    const main = join(import.meta.dirname, "../src/main.ts");
    const said = await runProgram(process.execPath, ["--conditions=@gantry/source", main, "envoy"], ownEnvironment());
    expect(said).toEqual({ code: 0, text: `ENVOY_PATH=${await envoyBinary()}` });
  });

  test("does not share its port with a second one", async () => {
    const { gateway } = await envoyLab();
    const port = Number(new URL(gateway.url).port);
    const second = envoyLab({ settings: { listen: { host: "127.0.0.1", port } } });
    await expect(second).rejects.toThrow(/Envoy did not come up: [\s\S]*Address already in use/);
  });

  test("its binary is installed once and for all", async () => {
    expect(await envoyBinary()).toBe(await envoyBinary());
    expect((await runProgram(await envoyBinary(), ["--version"], {})).text).toContain("1.40.0");
  });
});
