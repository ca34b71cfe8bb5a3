import type { Route } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { guardedPath } from "../src/routes/path-guard.ts";
import { RouteTable } from "../src/routes/route-table.ts";
import { rpcRoute, webRoute } from "./fixture.ts";

const routes: readonly Route[] = [
  webRoute({ methods: ["GET"], path: "/orders" }),
  webRoute({ methods: ["POST"], path: "/orders" }),
  webRoute({ methods: ["GET"], path: "/orders/{order_uuid}" }),
  webRoute({ methods: ["GET"], path: "/orders/newest" }),
  webRoute({ methods: ["POST"], path: "/orders/{order_uuid}/pay" }),
  rpcRoute({ methods: ["POST", "GET"], path: "/p.v1.S/Get" }),
  rpcRoute({ methods: ["POST"], path: "/p.v1.S/Own", auth: "SERVICE" }),
  rpcRoute({ kind: "transcoded", methods: ["GET"], path: "/things/{thing}" }),
];

describe("a route is found", () => {
  const table = new RouteTable(routes);

  test.each([
    ["GET", "/orders", "/orders"],
    ["GET", "/orders/7", "/orders/{order_uuid}"],
    ["GET", "/orders/newest", "/orders/newest"],
    ["POST", "/orders/newest/pay", "/orders/{order_uuid}/pay"],
    ["GET", "/p.v1.S/Get", "/p.v1.S/Get"],
  ])("for %s %s", (method, path, expected) => {
    expect(table.find(path, method)).toMatchObject({ route: { path: expected } });
  });

  test.each(["/", "/order", "/Orders", "/orders/", "/orders//pay", "/orders/7/pay/", "/orders/7/8", "/p.v1.S/get"])(
    "for nothing at %s",
    (path) => expect(table.find(path, "GET")).toBeUndefined(),
  );

  test("but not for services, nor by a transcoded path", () => {
    expect(table.find("/p.v1.S/Own", "POST")).toBeUndefined();
    expect(table.find("/things/7", "GET")).toBeUndefined();
  });

  test("for another method as those that there are", () => {
    expect(table.find("/orders", "DELETE")).toEqual({ methods: ["GET", "POST"] });
    expect(table.find("/orders", "HEAD")).toEqual({ methods: ["GET", "POST"] });
    expect(table.find("/orders", "get")).toEqual({ methods: ["GET", "POST"] });
  });
});

test("two routes of one path and method are a mistake", () => {
  const twice = webRoute({ methods: ["GET"], path: "/orders/{id}" });
  expect(() => new RouteTable([...routes, twice])).toThrow(/two routes answer GET/);
});

describe("a path is let through", () => {
  test.each([
    "/",
    "/a",
    "/a/",
    "/a-b_c.d~e/%20/%C3%A4",
    "/a/...",
    "/.well-known/x",
    "/a:b@c,d=e",
    "/a?b=/../c//d%2e;e",
  ])("as it is: %s", (target) => expect(guardedPath(target)).toBe(target.split("?")[0]));
});

describe("a path is refused", () => {
  test.each([
    "",
    "*",
    "a",
    "//a",
    "/a//b",
    "/a//",
    "/./a",
    "/a/.",
    "/a/..",
    "/../a",
    "/a/../b?c",
    "/a;b",
    "/a;b/../c",
    "/a\\b",
    "/a%2e%2E/b",
    "/a%2Fb",
    "/a%5cb",
    "/a%3bb",
    "/a%25b",
    "/a%00",
    "/a%0a",
    "/a%1f",
    "/a%7f",
    "/a%3Fb",
    "/a%23b",
    "/a%",
    "/a%2",
    "/a%zz",
    "/a%c0%ae",
    "/a%ff",
    "/a#b",
    "/a?b#c",
    "/a b",
    "/a?b c",
    "/a\tb",
    "/a\u0000",
    "/ä",
    "/a?ä",
    "/a{b}",
    "http://x/a",
    "x:80",
  ])("%j", (target) => expect(guardedPath(target)).toBeUndefined());
});
