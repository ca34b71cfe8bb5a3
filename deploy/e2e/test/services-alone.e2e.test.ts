import { rpcPolicies } from "@gantry/gen/policy/policy";
import { routes } from "@gantry/gen/routes/routes";
import { createIdentitySigner, IDENTITY_HEADER } from "@gantry/identity";
import { type Policy, type Route, uuidv7 } from "@gantry/kernel";
import { forgedIdentities } from "@gantry/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listenersOf } from "./listeners.ts";
import { type System, startSystem } from "./system.ts";

// Behind the gateway: what somebody finds who has come past it, on this machine or in this network.

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system[Symbol.asyncDispose]());

test.runIf(process.platform === "linux")("every port of every process listens on loopback only", async () => {
  const { stack } = system;
  const names = Object.keys(stack.opsUrls);
  const pids = [...names.map((name) => stack.pid(name) ?? 0), stack.postgres?.pid() ?? 0];
  const found = (await Promise.all(pids.map(listenersOf))).flat();
  expect(found.filter(({ address }) => address !== "127.0.0.1" && address !== "::1")).toEqual([]);
  const known = [...Object.values(stack.urls), ...Object.values(stack.opsUrls)].map((url) => Number(new URL(url).port));
  expect(found.map(({ port }) => port)).toEqual(expect.arrayContaining(known));
});

/** Services that are there, with a port of their own: the contracts describe more than are built. */
const built = ["iam", "order", "inventory", "payment"];
const operations = routes.filter(({ kind, service }) => kind !== "transcoded" && built.includes(service));
const named = (auth: Policy["auth"]) =>
  operations.filter((route) => route.auth === auth).map((route) => [route.operation, route] as const);

/** Calls an operation at its service's own port, as who the header says. */
async function call({ service, path, methods: [method = ""] }: Route, identity?: string): Promise<number> {
  const url = `${system.stack.urls[service]}${path.replaceAll(/\{\w+\}/g, uuidv7())}`;
  const headers = {
    "content-type": "application/json",
    ...(identity !== undefined && { [IDENTITY_HEADER]: identity }),
  };
  const response = await fetch(url, { method, headers, ...(method !== "GET" && { body: "{}" }) });
  await response.body?.cancel();
  return response.status;
}

const keyOf = (name: string) => system.stack.identity.privateJwk(name);
/** The identity of somebody who is there and logged in. */
async function aPerson(): Promise<string> {
  const { userUuid, sessionUuid } = await system.person();
  return await createIdentitySigner({ privateJwk: keyOf("users") }).user(userUuid, sessionUuid);
}
const aService = (name: string, callee: string) => createIdentitySigner({ privateJwk: keyOf(name) }).service(callee);
const callersOf = ({ operation }: Route): readonly string[] =>
  Object.entries<Policy>(rpcPolicies).find(([path]) => path === operation)?.[1].callers ?? [];

describe("at its service's own port, an operation for people", () => {
  test.each(named("SESSION"))("%s refuses everybody else", async (_name, route) => {
    expect(await call(route)).toBe(401);
    expect(await call(route, await aService("gateway", route.service))).toBe(403);
    for (const { what, token } of forgedIdentities({ privateJwk: keyOf }, "order", route.service))
      expect(await call(route, token), what).toBe(401);
    // What is wrong with a call of the right caller is something else.
    expect([401, 403]).not.toContain(await call(route, await aPerson()));
  });
});

describe("at its service's own port, an operation for services", () => {
  test.each(named("SERVICE"))("%s refuses everybody but the callers that the contract names", async (_name, route) => {
    const callers = callersOf(route);
    expect(callers).not.toEqual([]);
    expect(await call(route)).toBe(401);
    expect(await call(route, await aPerson())).toBe(403);
    for (const { what, token } of forgedIdentities({ privateJwk: keyOf }, callers[0] ?? "", route.service))
      expect(await call(route, token), what).toBe(401);
    for (const name of Object.keys(system.stack.opsUrls)) {
      const status = await call(route, await aService(name, route.service));
      if (callers.includes(name)) expect([401, 403], name).not.toContain(status);
      else expect(status, name).toBe(403);
    }
  });
});

test.each(named("PUBLIC"))("%s is for everybody, and refuses a forged identity all the same", async (_name, route) => {
  expect([401, 403]).not.toContain(await call(route));
  const [forged] = forgedIdentities({ privateJwk: keyOf }, "order", route.service);
  expect(await call(route, forged?.token)).toBe(401);
});
