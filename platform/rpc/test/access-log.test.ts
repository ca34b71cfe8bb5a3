import { createClient } from "@connectrpc/connect";
import { IDENTITY_HEADER } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { expect, test } from "vitest";
import { connectTo, type EchoServer, identity, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const lines = async (server: EchoServer, count = 1) => {
  const found = () => server.lines.filter(({ message }) => message === "request");
  await expect.poll(found).toHaveLength(count);
  return found();
};

const post = (server: EchoServer, path: string, body: string, type = "application/json") =>
  fetch(server.url + path, { method: "POST", headers: { "content-type": type }, body });

test("a call is one line: what, how, by whom, with what result, how long", async () => {
  await using server = await startEcho();
  const userUuid = uuidv7();
  using transport = connectTo(server, { protocol: "grpc", identity: () => identity.user(userUuid) });
  await createClient(EchoService, transport).mine({});
  expect(await lines(server)).toMatchObject([
    {
      level: "info",
      path: "/fixture.v1.EchoService/Mine",
      method: "POST",
      http: "2.0",
      status: 200,
      code: "ok",
      caller: `user:${userUuid}`,
      duration_ms: expect.any(Number),
    },
  ]);
  expect(JSON.stringify(server.lines)).not.toContain("eyJ"); // no token
});

test("a refused call is one line with its reason", async () => {
  await using server = await startEcho();
  using transport = connectTo(server);
  const client = createClient(EchoService, transport);
  await expect(client.mine({}, { headers: { [IDENTITY_HEADER]: "x" } })).rejects.toThrow();
  expect(await lines(server)).toMatchObject([{ status: 401, code: "unauthenticated", reason: "IDENTITY_INVALID" }]);
});

test.each([
  ["that cannot be decoded", "/fixture.v1.EchoService/Say", "{", "application/json", 400],
  ["of a foreign type", "/fixture.v1.EchoService/Say", "{}", "text/plain", 415],
  ["to nowhere", "/nothing/here", "{}", "application/json", 404],
])("a request %s is one line too", async (_, path, body, type, status) => {
  await using server = await startEcho();
  await (await post(server, path, body, type)).text();
  expect(await lines(server)).toMatchObject([{ path, status }]);
});

test("a gRPC message that cannot be decoded is one line with its code", async () => {
  await using server = await startEcho();
  const frame = Buffer.from([0, 0, 0, 0, 1, 0xff]);
  await (await post(server, "/fixture.v1.EchoService/Say", frame.toString("latin1"), "application/grpc-web")).text();
  expect(await lines(server)).toMatchObject([{ status: 200 }]);
});

test("the message of a GET stays out of the log, and a long path is cut", async () => {
  await using server = await startEcho();
  const query = `?connect=v1&encoding=json&message=${encodeURIComponent('{"text":"s3cret"}')}`;
  await (await fetch(`${server.url}/fixture.v1.EchoService/Say${query}`)).text();
  await (await fetch(`${server.url}/${"x".repeat(5_000)}`)).text();
  const [get, long] = await lines(server, 2);
  expect(get).toMatchObject({ path: "/fixture.v1.EchoService/Say", method: "GET", status: 200 });
  expect(JSON.stringify(server.lines)).not.toContain("s3cret");
  expect(String(long?.path)).toHaveLength(200);
});
