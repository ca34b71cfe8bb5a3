import { once } from "node:events";
import { connect as connectH2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { createClient, type Transport } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { AppError } from "@gantry/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closed } from "./closed.ts";
import { connectTo, type EchoServer, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const LIMIT = 64 * 1024;
const LINGER_MS = 300;
/** "In bounded time": below the deadline of the calls, which is 5 s. */
const SOON_MS = 4_500;
const tooLong = "x".repeat(1024 * 1024);

let server: EchoServer;
beforeAll(async () => {
  server = await startEcho({}, { limits: { readMaxBytes: LIMIT } });
});
afterAll(() => server.stop());

async function* texts(...all: string[]) {
  for (const text of all) yield { text };
}

/** Fails unless the call ends as "resource exhausted" soon. */
async function expectTooLarge(call: Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const codes = AppError.is(error) ? { kind: error.kind, cause: error.cause } : { cause: error };
  expect(codes).toMatchObject({ cause: { code: 8 } });
  expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
}

type Made = Transport & Partial<Disposable>;
const kinds: Record<string, () => Made> = {
  "connect over h2": () => connectTo(server),
  "connect over HTTP/1.1": () => connectTo(server, { httpVersion: "1.1" }),
  "gRPC over h2": () => connectTo(server, { protocol: "grpc" }),
  "gRPC-Web over h2": () => connectTo(server, { protocol: "grpc-web" }),
  "gRPC-Web over HTTP/1.1": () => connectTo(server, { protocol: "grpc-web", httpVersion: "1.1" }),
  "connect-web": () => createConnectTransport({ baseUrl: server.url }),
  "connect-web's gRPC-Web": () => createGrpcWebTransport({ baseUrl: server.url }),
};

describe.each(Object.entries(kinds))("a message over the limit, by %s", (name, make) => {
  test("ends a unary call with resource_exhausted", async () => {
    const transport = make();
    await expectTooLarge(createClient(EchoService, transport).write({ text: tooLong }));
    transport[Symbol.dispose]?.();
  });

  test("ends fifty calls at once with resource_exhausted", async () => {
    const transport = make();
    const { write } = createClient(EchoService, transport);
    await Promise.all(Array.from({ length: 50 }, () => expectTooLarge(write({ text: tooLong }))));
    transport[Symbol.dispose]?.();
  });

  test.skipIf(name.startsWith("connect-web"))("ends a stream with resource_exhausted, first or later", async () => {
    const transport = make();
    const { join } = createClient(EchoService, transport);
    await expectTooLarge(join(texts(tooLong)));
    await expectTooLarge(join(texts("short", tooLong, "short")));
    transport[Symbol.dispose]?.();
  });

  test("leaves the connection fit for the next call", async () => {
    const transport = make();
    const { write } = createClient(EchoService, transport);
    for (let round = 0; round < 3; round++) {
      await expectTooLarge(write({ text: tooLong }));
      expect(await write({ text: "short" })).toMatchObject({ text: "short" });
    }
    transport[Symbol.dispose]?.();
  });
});

test("a message that only grows too large when it is unpacked is refused", async () => {
  using transport = connectTo(server, { protocol: "grpc", wire: { sendCompression: compressionGzip } });
  await expectTooLarge(createClient(EchoService, transport).write({ text: tooLong }));
  const response = await fetch(`${server.url}/fixture.v1.EchoService/Write`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: gzipSync(`{"text":"${tooLong}"}`),
  });
  expect([response.status, await response.json()]).toMatchObject([429, { code: "resource_exhausted" }]);
});

test("a body of unknown length is refused as soon as it is too long", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 16_384;
      controller.enqueue(new Uint8Array(16_384).fill(120));
    },
  });
  const startedMs = performance.now();
  const response = await fetch(`${server.url}/fixture.v1.EchoService/Write`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: endless,
    duplex: "half",
  });
  expect([response.status, await response.json()]).toMatchObject([429, { code: "resource_exhausted" }]);
  expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
  expect(sent).toBeGreaterThan(LIMIT);
});

const head = (...more: string[]) =>
  `${["POST /fixture.v1.EchoService/Write HTTP/1.1", "host: x", "content-type: application/json", ...more].join(
    "\r\n",
  )}\r\n\r\n`;

async function answerOf(socket: Socket): Promise<string> {
  let answer = "";
  socket.setEncoding("utf8");
  while (!answer.includes('"code"')) {
    const [chunk] = await once(socket, "data");
    answer += chunk;
  }
  return answer;
}

describe("a caller over HTTP/1.1 who announces a long body", () => {
  test.each(["keep-alive", "close"])("is answered before it has sent it (connection: %s)", async (connection) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head("content-length: 100000000", `connection: ${connection}`));
    expect(await answerOf(socket)).toMatch(/^HTTP\/1.1 429 .*resource_exhausted/s);
    socket.destroy();
  });

  test("and never stops sending is cut off after a while", async () => {
    await using hasty = await startEcho({}, { limits: { readMaxBytes: LIMIT, lingerMs: LINGER_MS } });
    const socket = connect(hasty.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(head("content-length: 100000000000"));
    const answer = await answerOf(socket);
    const startedMs = performance.now();
    const more = Buffer.alloc(16_384);
    const send = setInterval(() => socket.write(more), 5);
    await closed(socket);
    clearInterval(send);
    expect(answer).toContain("resource_exhausted");
    expect(performance.now() - startedMs).toBeLessThan(LINGER_MS + 1_000);
  });
});

test("a caller over h2 who never stops sending is told to stop", async () => {
  const session = connectH2(server.url);
  const stream = session.request({
    ":method": "POST",
    ":path": "/fixture.v1.EchoService/Join",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  const tooLongMessage = Buffer.from([0, 0x7f, 0, 0, 0, 1, 2, 3]);
  stream.write(tooLongMessage);
  const send = setInterval(() => stream.writable && stream.write(Buffer.alloc(1_000)), 5);
  const [headers] = await once(stream, "response");
  expect(headers["grpc-status"]).toBe("8");
  stream.resume();
  await closed(stream);
  clearInterval(send);
  expect(stream.rstCode).toBe(0);
  session.close();
});
