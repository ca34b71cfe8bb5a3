import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { freePort } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { start } from "./service-here.ts";

const get = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.json() };
};

describe("a running service", () => {
  test("tells that it is ready, and which parts it asked", async () => {
    const ops = await start("fine").url("ops");
    expect(await get(`${ops}/readyz?x=1`)).toEqual({
      status: 200,
      type: "application/json",
      body: { status: "ready", phase: "ready", checks: { database: "ok" } },
    });
    expect(await get(`${ops}/livez`)).toMatchObject({ status: 200, body: { status: "alive" } });
  });

  test("is alive but not ready when a part cannot work, and says which, without its secrets", async () => {
    const service = start("check fails", { FIXTURE_SECRET: "c4n4ry" });
    const ops = await service.url("ops");
    expect(await get(`${ops}/readyz`)).toMatchObject({
      status: 503,
      body: { status: "not ready", phase: "ready", checks: { database: "DATABASE_UNAVAILABLE" } },
    });
    expect((await get(`${ops}/livez`)).status).toBe(200);
    expect(await service.line("component is not ready")).toMatchObject({ component: "database", level: "warn" });
  });

  test("shows its documents, which may be kept for a while", async () => {
    const ops = await start("fine").url("ops");
    const response = await fetch(`${ops}/about.json`);
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(await response.json()).toEqual({ about: "a fixture" });
    expect((await fetch(`${ops}/toString`)).status).toBe(404);
    expect((await fetch(`${ops}/livez`)).headers.get("cache-control")).toBe("no-store");
  });

  test("answers anything else with a problem", async () => {
    const ops = await start("fine").url("ops");
    for (const path of ["/", "/readyz/", "/livez/..", "//livez", "/health", "/%00"]) {
      expect(await get(`${ops}${path}`)).toMatchObject({
        status: 404,
        type: "application/problem+json",
        body: { status: 404, code: "NOT_FOUND" },
      });
    }
    expect(await get(`${ops}/livez`, { method: "POST", body: "x" })).toMatchObject({
      status: 405,
      body: { code: "METHOD_NOT_ALLOWED" },
    });
  });

  test("refuses oversize headers and nonsense, and goes on", async () => {
    const ops = await start("fine").url("ops");
    expect((await fetch(`${ops}/livez`, { headers: { x: "a".repeat(9000) } })).status).toBe(431);
    const socket = connect(Number(new URL(ops).port), "127.0.0.1");
    socket.end("nonsense\r\n\r\n");
    expect(await text(socket)).toContain("400 Bad Request");
    expect((await get(`${ops}/livez`)).status).toBe(200);
  });
});

test("a starting service is alive and not ready", async () => {
  const port = await freePort();
  const service = start("migration hangs", { FIXTURE_OPS_PORT: String(port) });
  await service.line("migrating");
  expect(await get(`http://127.0.0.1:${port}/readyz`)).toMatchObject({ status: 503, body: { phase: "starting" } });
  expect((await get(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
});
