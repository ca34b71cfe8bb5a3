import type { Rate, Route } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { type EnvoyRoute, envoyRoutes } from "../src/envoy/index.ts";

const aRoute = (changes: Partial<Route> = {}): Route => ({
  kind: "http",
  service: "shop",
  methods: ["GET"],
  path: "/things",
  operation: "GET /things",
  auth: "SESSION",
  idempotency: "NO_SIDE_EFFECTS",
  deadlineMs: 1_000,
  retryAttempts: 1,
  streaming: "unary",
  ...changes,
});

const one = (changes: Partial<Route> = {}): EnvoyRoute => {
  const [route] = envoyRoutes([aRoute(changes)]);
  if (route === undefined) throw new Error("no route");
  return route;
};

const access = ({ metadata }: EnvoyRoute): unknown =>
  Object(metadata).filter_metadata?.["envoy.filters.http.lua"]?.access;

describe("what is served", () => {
  test.each([
    ["for services", { auth: "SERVICE" }],
    ["transcoded", { kind: "transcoded" }],
    ["of a kind that is not known", { kind: "magic" as Route["kind"] }],
    ["for callers that are not known", { auth: "ANYONE" as Route["auth"] }],
  ] as const)("nothing that is %s, and no 405 of it either", (_what, changes) => {
    expect(envoyRoutes([aRoute(changes)])).toEqual([]);
  });

  test("only what the contract says is public is public; nothing else is said of a route for people", () => {
    expect(access(one({ auth: "PUBLIC" }))).toBe("public");
    expect(access(one({ auth: "SESSION" }))).toBeUndefined();
    expect(one({ auth: "SESSION" }).metadata).toBeUndefined();
  });

  test("a path answers its own methods, and 405 with all of them to others, behind every route", () => {
    const [get, post, other] = envoyRoutes([aRoute(), aRoute({ methods: ["POST"], operation: "POST /things" })]);
    expect(get?.match).toMatchObject({ path: "/things", headers: [{ string_match: { exact: "GET" } }] });
    expect(post?.match).toMatchObject({ headers: [{ string_match: { exact: "POST" } }] });
    expect(other).toMatchObject({
      match: { path: "/things" },
      direct_response: { status: 405 },
      response_headers_to_add: [{ header: { key: "allow", value: "GET, POST" } }],
    });
    expect(other?.route).toBeUndefined();
  });

  test("a literal segment comes before a parameter in its place", () => {
    const paths = ["/a/{x}/c", "/a/{x}", "/a/b", "/{x}/b"];
    const names = envoyRoutes(paths.map((path) => aRoute({ path, operation: path }))).map(({ name }) => name);
    expect(names.slice(0, 4).indexOf("/a/b")).toBeLessThan(names.indexOf("/a/{x}"));
    expect(names.slice(0, 4).indexOf("/a/{x}")).toBeLessThan(names.indexOf("/{x}/b"));
  });
});

describe("a parameter of a path", () => {
  const { match } = one({ path: "/v1.0/things/{thing_id}/parts" });
  const pattern = new RegExp(Object(match).safe_regex.regex);

  test.each(["a", "1f0c", "a.b", "a~b", "a%20b", "%C3%BC", "%e2%82%ac", "%F0%9F%98%80", "$&'()*+,=:@!", "a%7Eb"])(
    "may be %s",
    (value) => expect(pattern.test(`/v1.0/things/${value}/parts`)).toBe(true),
  );

  test.each([
    ...["", "/", "a/b", "a;b", "a\\b", "a b", "a#b", "a?b", "ü", "\n", "a\u0000"],
    ...["%2f", "%2F", "%2e", "%2e%2e", "%5c", "%3b", "%3f", "%23", "%25", "%252e", "%00", "%0a", "%1f", "%7f"],
    ...["%", "%2", "%zz", "%u002e", "%c0%ae", "%c1%9c", "%e0%80%af", "%ed%a0%80", "%f4%90%80%80", "%80", "%c3", "%c3a"],
  ])("may not be %j", (value) => expect(pattern.test(`/v1.0/things/${value}/parts`)).toBe(false));

  test("does not loosen what is around it", () => {
    for (const path of [
      "/v1x0/things/a/parts",
      "/v1.0/things/a/partsx",
      "/v1.0/things/a/PARTS",
      "x/v1.0/things/a/parts",
    ])
      expect(pattern.test(path)).toBe(false);
  });
});

describe("bounds", () => {
  test("a unary call ends a little after the service's own deadline", () => {
    expect(one({ deadlineMs: 1_000 }).route).toEqual({ cluster: "shop", timeout: "1.25s", idle_timeout: "30s" });
    expect(one({ deadlineMs: 60_000 }).route).toMatchObject({ timeout: "60.25s", idle_timeout: "120.5s" });
  });

  test("a stream has no deadline, but may not be quiet for ever", () => {
    for (const streaming of ["server_stream", "client_stream", "bidi_stream"] as const)
      expect(one({ streaming }).route).toMatchObject({ timeout: "0s", idle_timeout: "300s" });
  });

  test.each([
    ["unary", false],
    ["server_stream", false],
    ["client_stream", true],
    ["bidi_stream", true],
  ] as const)("the body of a %s call is bounded as a whole unless it is a stream", (streaming, unbuffered) => {
    const configs = Object(one({ streaming }).typed_per_filter_config);
    expect(configs["envoy.filters.http.buffer"]?.disabled === true).toBe(unbuffered);
  });

  const rated = (per: Rate["per"]) => Object(one({ rate: { perSecond: 2, burst: 5, per } }).typed_per_filter_config);
  const bucket = { max_tokens: 5, tokens_per_fill: 2, fill_interval: "1s" };

  test.each([
    ["USER", "gantry.rate.user", "user"],
    ["ADDRESS", "gantry.rate.client", "masked_remote_address"],
  ] as const)("a rate per %s has a bucket for each, and one for those who are unknown", (per, filter, key) => {
    expect(Object.keys(rated(per))).toEqual([filter]);
    expect(rated(per)[filter]).toMatchObject({
      token_bucket: bucket,
      descriptors: [{ entries: [{ key }], token_bucket: bucket }],
      always_consume_default_token_bucket: false,
      max_dynamic_descriptors: 10_000,
    });
  });

  test("a rate in total has one bucket", () => {
    expect(rated("TOTAL")["gantry.rate.client"]).toMatchObject({ token_bucket: bucket });
    expect(rated("TOTAL")["gantry.rate.client"].descriptors).toBeUndefined();
  });
});
