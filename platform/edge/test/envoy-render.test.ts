import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type EnvoyParts, type EnvoySettings, renderEnvoy } from "../src/envoy/index.ts";

const ofRepository = (file: string): string => readFileSync(join(import.meta.dirname, "../../..", file), "utf8");
const parts: EnvoyParts = {
  template: ofRepository("envoy/envoy.template.yaml"),
  script: ofRepository("envoy/session.lua"),
  routes: ofRepository("gen/envoy/routes.yaml"),
};
const settings: EnvoySettings = {
  listen: { host: "127.0.0.1", port: 8080 },
  adminPort: 9901,
  upstreams: {
    order: { url: "http://order.internal:8081", speaks: "http" },
    iam: { url: "http://[::1]:8090", speaks: "rpc" },
  },
  iamUrl: "http://127.0.0.1:8090",
  origins: ["https://shop.example"],
};
const render = (changes: Partial<EnvoySettings> = {}, changed: Partial<EnvoyParts> = {}) =>
  JSON.parse(renderEnvoy({ ...parts, ...changed }, { ...settings, ...changes }));
const managerOf = (config: ReturnType<typeof render>) =>
  config.static_resources.listeners[0].filter_chains[0].filters[0].typed_config;

describe("the configuration", () => {
  test("leads to the given places, and leaves out routes of services that have none", () => {
    const { clusters } = render().static_resources;
    expect(clusters.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual([
      ["session-check", "STATIC"],
      ["order", "STRICT_DNS"],
      ["iam", "STATIC"],
    ]);
    const names = managerOf(render()).route_config.virtual_hosts[0].routes.map(({ name }: { name: string }) => name);
    expect(names).toContain("POST /api/v1/orders");
    expect(names.filter((name: string) => /cart|payment|inventory/.test(name))).toEqual([]);
  });

  test("refuses ambiguous paths first, and everything that is not listed last", () => {
    const { routes } = managerOf(render()).route_config.virtual_hosts[0];
    expect(routes[0]).toMatchObject({ name: "path-refused", direct_response: { status: 400 } });
    expect(routes.at(-1)).toMatchObject({ match: { prefix: "" }, direct_response: { status: 404 } });
  });

  test("checks the session, then that it was checked, then the user's rate, and only then leads on", () => {
    const names: string[] = managerOf(render()).http_filters.map(({ name }: { name: string }) => name);
    const order = ["gantry.rate.client", "envoy.filters.http.lua", "envoy.filters.http.rbac", "gantry.rate.user"];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
    expect(names.at(-1)).toBe("envoy.filters.http.router");
  });

  test("keeps the admin interface on loopback, whoever listens", () => {
    const config = render({ listen: { host: "0.0.0.0", port: 443 } });
    expect(config.admin.address.socket_address.address).toBe("127.0.0.1");
    expect(config.static_resources.listeners[0].address.socket_address.address).toBe("0.0.0.0");
  });

  test("is the same for the same", () => {
    expect(renderEnvoy(parts, settings)).toBe(renderEnvoy(parts, settings));
  });

  test("asks for TLS when it has a certificate", () => {
    const chain = render({ tls: { certificateFile: "/c", keyFile: "/k" } }).static_resources.listeners[0]
      .filter_chains[0];
    expect(chain.transport_socket.typed_config.common_tls_context.alpn_protocols).toEqual(["h2", "http/1.1"]);
    expect(render().static_resources.listeners[0].filter_chains[0].transport_socket).toBeNull();
  });
});

describe("is not made", () => {
  test.each([
    [
      "a service that no route leads to",
      { upstreams: { ...settings.upstreams, spy: { url: "http://x", speaks: "http" } } },
      "no route leads to spy",
    ],
    ["an address with a path", { iamUrl: "http://127.0.0.1:1/x" }, "is no address"],
    ["an address of another scheme", { iamUrl: "https://127.0.0.1:1" }, "is no address"],
    ["an address with a password", { iamUrl: "http://a:b@127.0.0.1:1" }, "is no address"],
    ["a pattern of origins", { origins: ["*"] }, "is no origin"],
    ["an origin with a path", { origins: ["https://shop.example/"] }, "is no origin"],
    ["an origin that is a program", { origins: ["https://a.example|.*"] }, "is no origin"],
    ["no time for IAM", { sessionTimeoutMs: 0 }, "sessionTimeoutMs is 0"],
    ["a time for IAM that is no number", { sessionTimeoutMs: Number.NaN }, "sessionTimeoutMs is NaN"],
    ["no body at all", { maxBodyBytes: 0 }, "maxBodyBytes is 0"],
    ["a port beyond ports", { adminPort: 65_536 }, "adminPort is 65536"],
    ["no connections", { limits: { connections: 0 } }, "limits.connections is 0"],
  ] satisfies [string, Partial<EnvoySettings>, string][])("for %s", (_what, changes, message) => {
    expect(() => renderEnvoy(parts, { ...settings, ...changes })).toThrow(message);
  });

  test("when the template names what has no value, or does not name what has one", () => {
    const without = (from: string, to: string) => () =>
      render({}, { template: parts.template.replace(`"\${${from}}"`, to) });
    expect(without("listen_port", `"\${listen_porch}"`)).toThrow("listen_porch");
    expect(without("session_script", '"x"')).toThrow("session_script");
    expect(without("listen_host", `"a\${listen_host}"`)).toThrow("more than one name");
  });

  test("when the routes are none", () => {
    expect(() => render({}, { routes: "a: b" })).toThrow("no list");
  });
});

test("values cannot break out of their places", () => {
  const origin = "https://x.example";
  const script = `"]}, \${listen_port} \n# }`;
  const lua = managerOf(render({ origins: [origin] }, { script })).http_filters.find(
    ({ name }: { name: string }) => name === "envoy.filters.http.lua",
  );
  expect(lua.typed_config.default_source_code.inline_string).toBe(`GANTRY_SESSION_TIMEOUT_MS = 1000\n${script}`);
});
