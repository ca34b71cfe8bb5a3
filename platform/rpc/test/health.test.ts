import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@gantry/gen/proto/grpc/health/v1/health_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { expect, test } from "vitest";
import type { HealthCheck } from "../src/index.ts";
import { type EchoServer, startEcho } from "./fixture.ts";

const SERVICE = "fixture.v1.EchoService";
const clientOf = (server: EchoServer) => createClient(Health, createGrpcTransport({ baseUrl: server.url }));

/** A component that is well until it is told otherwise. */
function component() {
  let ill = false;
  const check: HealthCheck = {
    name: "database",
    check: async () => {
      if (ill) throw new Error("connection refused");
    },
  };
  return {
    check,
    fallIll: (now = true) => {
      ill = now;
    },
  };
}

test("a server whose components are well is serving, as a whole and each of its services", async () => {
  await using server = await startEcho({}, { checks: [component().check, { name: "without a check" }] });
  const health = clientOf(server);
  expect(await health.check({})).toMatchObject({ status: Status.SERVING });
  expect(await health.check({ service: SERVICE })).toMatchObject({ status: Status.SERVING });
  const { statuses } = await health.list({});
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(["", SERVICE, Health.typeName]));
});

test("a service that is not here is not found", async () => {
  await using server = await startEcho();
  await expect(clientOf(server).check({ service: "nothing.v1.Here" })).rejects.toMatchObject({ code: 5 });
});

test("a component that falls ill makes the server not serving, until it is well again", async () => {
  const { check, fallIll } = component();
  await using server = await startEcho({}, { checks: [check] });
  const health = clientOf(server);
  const status = async () => (await health.check({})).status;
  expect(await status()).toBe(Status.SERVING);
  fallIll();
  await expect.poll(status, { timeout: 5_000 }).toBe(Status.NOT_SERVING);
  expect(server.lines.find(({ message }) => message === "health changed")).toMatchObject({
    serving: false,
    failed: [{ name: "database" }],
  });
  fallIll(false);
  await expect.poll(status, { timeout: 5_000 }).toBe(Status.SERVING);
});

test("a check that hangs makes the server not serving", async () => {
  await using server = await startEcho({}, { checks: [{ name: "stuck", check: () => new Promise(() => {}) }] });
  expect(await clientOf(server).check({})).toMatchObject({ status: Status.NOT_SERVING });
});

test("a watcher is told each change, and that the server stops", async () => {
  const { check, fallIll } = component();
  await using server = await startEcho({}, { checks: [check], limits: { drainMs: 10_000 } });
  const told: Status[] = [];
  const watching = (async () => {
    for await (const { status } of clientOf(server).watch({ service: SERVICE })) told.push(status);
  })();
  await expect.poll(() => told).toEqual([Status.SERVING]);
  fallIll();
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([Status.SERVING, Status.NOT_SERVING]);
  fallIll(false);
  await expect.poll(() => told.length, { timeout: 5_000 }).toBe(3);
  const startedMs = performance.now();
  await server.stop();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await watching;
  expect(told).toEqual([Status.SERVING, Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING]);
});

test("a watcher of a service that is not here is told so, and may wait for it", async () => {
  await using server = await startEcho();
  const watched = clientOf(server).watch({ service: "nothing.v1.Here" })[Symbol.asyncIterator]();
  expect(await watched.next()).toMatchObject({ value: { status: Status.SERVICE_UNKNOWN } });
});

test("probes need no identity, and are not hindered by a bad one", async () => {
  await using server = await startEcho();
  const health = createClient(Health, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
  const headers = { [IDENTITY_HEADER]: "not.a.token" };
  expect(await health.check({}, { headers })).toMatchObject({ status: Status.SERVING });
});

test("probes are logged as noise", async () => {
  await using server = await startEcho();
  await clientOf(server).check({});
  await expect.poll(() => server.lines).toMatchObject([{ level: "debug", path: "/grpc.health.v1.Health/Check" }]);
});
