import { join } from "node:path";
import { eventually, processStart, tempDir } from "@gantry/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { ownEnvironment } from "../src/config.ts";
import { envoyBinary, startEnvoyGateway } from "../src/index.ts";
import { runProgram } from "../src/run-program.ts";
import { infraTests } from "./config.ts";
import { CREDENTIAL, envoyLab, IDENTITY, script, statusOf, TOKEN, template } from "./envoy-lab.ts";

const TEST_MS = 120_000;
const session = `Authorization: Bearer ${TOKEN}`;
const forged = `x-gantry-identity: ${IDENTITY}`;

type Named = { readonly name: string };

/** The template after a change to its connection manager. */
function changed(
  change: (manager: { http_filters: Named[]; route_config: { virtual_hosts: [{ routes: Named[] }] } }) => void,
) {
  const tree = parse(template);
  change(tree.static_resources.listeners[0].filter_chains[0].filters[0].typed_config);
  return stringify(tree, { aliasDuplicateObjects: false });
}

function without(list: readonly Named[], name: string): Named[] {
  const kept = list.filter((each) => each.name !== name);
  if (kept.length !== list.length - 1) throw new Error(`the template has no ${name}`);
  return kept;
}

const withoutFilter = (name: string): string =>
  changed((manager) => {
    manager.http_filters = without(manager.http_filters, name);
  });
const withoutRoute = (name: string): string =>
  changed(
    ({
      route_config: {
        virtual_hosts: [host],
      },
    }) => {
      host.routes = without(host.routes, name);
    },
  );

const withoutRbac = () => withoutFilter("envoy.filters.http.rbac");
const letsThrough = "function envoy_on_request(h) end";

/** Scripts that check nothing, and what is wrong with them. */
const broken = {
  "raises an error": `${script}\nfunction envoy_on_request(h) error("x") end`,
  "raises an error after it named the user": `function envoy_on_request(h) h:headers():replace("x-gantry-identity", "${IDENTITY}") error("x") end`,
  "has no envoy_on_request": script.replaceAll("envoy_on_request", "envoy_on_requests"),
  "is empty": " ",
  "lets everything through": letsThrough,
  "asks a cluster that is not there": script
    .replace('"session-check"', '"nowhere"')
    .replaceAll("pcall(check, h)", "true, check(h)"),
} as const;

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

  describe("the first lock is broken: the second one holds", () => {
    test.each(Object.entries(broken))("a script that %s", async (_what, lua) => {
      const { gateway, arrivals } = await envoyLab({ parts: { script: lua }, validate: false });
      for (const fields of [[], [session], [forged], [session, forged]])
        expect([401, 503]).toContain(await statusOf(gateway.url, "/mine", ...fields));
      expect(await statusOf(gateway.url, "/mine", session)).toBe(503);
      expect(arrivals).toEqual([]);
    });
  });

  describe("the second lock is gone: the first one holds", () => {
    test("without and with a bad session, and with a forged identity", async () => {
      const { gateway, arrivals } = await envoyLab({ parts: { template: withoutRbac() } });
      for (const fields of [
        [],
        ["Authorization: Bearer !"],
        ["Authorization: Basic YTpi"],
        [forged],
        [session, session],
      ])
        expect(await statusOf(gateway.url, "/mine", ...fields)).toBe(401);
      expect(arrivals).toEqual([]);
    });

    test("when IAM cannot be asked", async () => {
      const { gateway, arrivals } = await envoyLab({
        parts: { template: withoutRbac() },
        settings: { iamUrl: "http://127.0.0.1:1" },
      });
      expect(await statusOf(gateway.url, "/mine", session)).toBe(503);
      expect(arrivals).toEqual([]);
    });
  });

  test("with both locks gone the door is open: the tests above would notice", async () => {
    const { gateway, arrivals } = await envoyLab({ parts: { script: letsThrough, template: withoutRbac() } });
    expect(await statusOf(gateway.url, "/mine")).toBe(200);
    expect(arrivals).toHaveLength(1);
  });

  test("an identity of a client's own gets nowhere, even when the script does not look at it", async () => {
    const trusting = `function envoy_on_request(h) h:streamInfo():dynamicMetadata():set("gantry.session", "state", "ok") end`;
    const { gateway, arrivals } = await envoyLab({ parts: { script: trusting } });
    expect(await statusOf(gateway.url, "/mine", forged, "X-Gantry-Identity: x.y.z")).toBe(503);
    expect(arrivals).toEqual([]);
  });

  describe("what could be read in two ways", () => {
    const hiding = [
      "a;b",
      "a%2fb",
      "a%5cb",
      "a%3bb",
      "%252e%252e",
      "..%252fmine",
      "a%00",
      "a%0a",
      "%",
      "%zz",
      "%c0%ae",
    ];

    test("is refused in a parameter, and reaches nobody", async () => {
      const { gateway, arrivals } = await envoyLab();
      for (const id of hiding) expect([id, await statusOf(gateway.url, `/things/${id}`)]).toEqual([id, 400]);
      expect(arrivals).toEqual([]);
      expect(await statusOf(gateway.url, "/things/a%20b.c")).toBe(200);
    });

    test("is no parameter either, when nothing refuses it first", async () => {
      const { gateway, arrivals } = await envoyLab({ parts: { template: withoutRoute("path-refused") } });
      for (const id of hiding) expect([400, 404]).toContain(await statusOf(gateway.url, `/things/${id}`));
      expect(arrivals).toEqual([]);
    });
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

  test("with a certificate its port speaks TLS only, and says so behind", async () => {
    const folder = await tempDir();
    onTestFinished(() => folder.remove());
    const [certificateFile, keyFile] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
    const made = await runProgram(
      "openssl",
      ["req", ...kind, "-subj", "/CN=x", "-keyout", keyFile, "-out", certificateFile],
      ownEnvironment(),
    );
    expect(made.code).toBe(0);
    const { gateway } = await envoyLab({ settings: { tls: { certificateFile, keyFile } } });
    expect(await statusOf(gateway.url, "/open")).toBe(0);
  });

  test("main.ts says where the binary is, and ends", async () => {
    const main = join(import.meta.dirname, "../src/main.ts");
    const said = await runProgram(process.execPath, ["--conditions=@gantry/source", main, "envoy"], ownEnvironment());
    expect(said).toEqual({ code: 0, text: `ENVOY_PATH=${await envoyBinary()}` });
  });

  test("its binary is installed once and for all", async () => {
    expect(await envoyBinary()).toBe(await envoyBinary());
    expect((await runProgram(await envoyBinary(), ["--version"], {})).text).toContain("1.40.0");
  });
});
