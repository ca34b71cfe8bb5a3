import { connect } from "node:net";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport as webConnect, createGrpcWebTransport as webGrpc } from "@connectrpc/connect-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectTo, type EchoServer, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

let server: EchoServer;
const closers: (() => void)[] = [];
beforeAll(async () => {
  server = await startEcho();
});
afterAll(async () => {
  for (const close of closers) close();
  await server.stop();
});

type EchoClient = Client<typeof EchoService>;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* texts(...all: string[]) {
  for (const text of all) yield { text };
}

function platform(options: Parameters<typeof connectTo>[1]): () => Transport {
  return () => {
    const transport = connectTo(server, options);
    closers.push(() => transport.close());
    return transport;
  };
}

const everyKind: Record<string, () => Transport> = {
  "connect, h2, binary": platform({ protocol: "connect" }),
  "connect, h2, JSON": platform({ protocol: "connect", wire: { useBinaryFormat: false } }),
  "connect, HTTP/1.1, binary": platform({ protocol: "connect", httpVersion: "1.1" }),
  "connect, HTTP/1.1, JSON": platform({ protocol: "connect", httpVersion: "1.1", wire: { useBinaryFormat: false } }),
  "connect, HTTP/1.1, GET": platform({ protocol: "connect", httpVersion: "1.1", wire: { useHttpGet: true } }),
  "gRPC, h2, binary": platform({ protocol: "grpc" }),
  "gRPC, h2, JSON": platform({ protocol: "grpc", wire: { useBinaryFormat: false } }),
  "gRPC-Web, h2": platform({ protocol: "grpc-web" }),
  "gRPC-Web, HTTP/1.1": platform({ protocol: "grpc-web", httpVersion: "1.1" }),
  "connect-web, JSON": () => webConnect({ baseUrl: server.url }),
  "connect-web, binary": () => webConnect({ baseUrl: server.url, useBinaryFormat: true }),
  "connect-web, GET": () => webConnect({ baseUrl: server.url, useHttpGet: true }),
  "connect-web, gRPC-Web": () => webGrpc({ baseUrl: server.url }),
};

describe.each(Object.entries(everyKind))("a client that speaks %s", (name, transport) => {
  let client: EchoClient;
  beforeAll(() => {
    client = createClient(EchoService, transport());
  });

  test("gets an answer", async () => {
    expect(await client.say({ text: "hello ✓" })).toMatchObject({ text: "hello ✓" });
  });

  test("gets a stream", async () => {
    expect((await collect(client.count({ to: 3 }))).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test("learns code and text of an error", async () => {
    await expect(client.say({ text: "forbidden" })).rejects.toThrow("Not that.");
  });

  test("sends and gets a long text, compressed or not", async () => {
    const text = "x".repeat(300_000);
    expect((await client.write({ text })).text.length).toBe(text.length);
  });

  test.skipIf(name.startsWith("connect-web"))("sends a stream", async () => {
    expect(await client.join(texts("a", "b", "c"))).toMatchObject({ text: "abc" });
  });

  test.skipIf(name.startsWith("connect-web") || name.includes("HTTP/1.1"))("talks both ways at once", async () => {
    const heard: string[] = [];
    const answered = Promise.withResolvers<void>();
    async function* slowly() {
      yield { text: "first" };
      await answered.promise; // the second is sent only after the answer to the first
      yield { text: "second" };
    }
    for await (const { text } of client.chat(slowly())) {
      heard.push(text);
      answered.resolve();
    }
    expect(heard).toEqual(["first", "second"]);
  });
});

test("a call made with nothing but fetch gets JSON", async () => {
  const response = await fetch(`${server.url}/fixture.v1.EchoService/Say`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"text":"plain"}',
  });
  expect([response.status, await response.json()]).toEqual([200, { text: "plain" }]);
});

test.each([
  ["an unknown path", "/nothing.v1.Here/There", "POST", "application/json", 404],
  ["a method that may not be a GET", "/fixture.v1.EchoService/Write", "GET", "application/json", 405],
  ["a foreign content type", "/fixture.v1.EchoService/Say", "POST", "text/plain", 415],
])("%s is refused", async (_, path, method, type, status) => {
  const init = method === "POST" ? { method, headers: { "content-type": type }, body: "{}" } : { method };
  const response = await fetch(server.url + path, init);
  expect(response.status).toBe(status);
});

test.each([
  ["half of a message", '{"text":'],
  ["a number for a text", '{"text":7}'],
  ["nesting without end", "[".repeat(100_000)],
])("%s is an invalid argument", async (_, body) => {
  const response = await fetch(`${server.url}/fixture.v1.EchoService/Say`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect([response.status, await response.json()]).toMatchObject([400, { code: "invalid_argument" }]);
});

test("a host that is no host name does no harm", async () => {
  const response = await rawRequest(server.port, "POST /fixture.v1.EchoService/Say HTTP/1.1\r\nhost: a b:c:d\r\n");
  expect(response).toContain("HTTP/1.1 200");
});

async function rawRequest(port: number, head: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${head}content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}
