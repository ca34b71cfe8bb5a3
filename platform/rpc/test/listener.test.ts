import { once } from "node:events";
import { connect as connectH2 } from "node:http2";
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createRpcServer } from "../src/index.ts";
import { closed } from "./closed.ts";
import { connectTo, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const SHORT_MS = 150;
/** Timeouts are looked at once a second. */
const SOON_MS = 2_500;

/** Opens a connection, says `text` and nothing more, and resolves with what came back when the server closes it. */
async function sayAndWait(port: number, text: string | Uint8Array): Promise<{ answer: string; afterMs: number }> {
  const startedMs = performance.now();
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  if (text.length > 0) socket.write(text);
  await closed(socket);
  return { answer, afterMs: performance.now() - startedMs };
}

describe("a connection is closed", () => {
  const limits = { headerTimeoutMs: SHORT_MS, idleTimeoutMs: 2 * SHORT_MS };

  test.each([
    ["that says nothing", ""],
    ["that stops within the first three bytes", "PO"],
    ["that stops within the headers", "POST /x HTTP/1.1\r\nhost: x\r\nx-slow: "],
    ["that speaks h2 and asks nothing", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"],
  ])("%s", async (_, text) => {
    await using server = await startEcho({}, { limits });
    const { afterMs } = await sayAndWait(server.port, Buffer.from(text, "latin1"));
    expect(afterMs).toBeGreaterThan(SHORT_MS - 50);
    expect(afterMs).toBeLessThan(SOON_MS);
  });

  test("that speaks neither", async () => {
    await using server = await startEcho({}, { limits });
    const { answer } = await sayAndWait(server.port, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello");
    expect(answer).toMatch(/^HTTP\/1.1 400/);
  });

  test("whose headers are too long", async () => {
    await using server = await startEcho({}, { limits: { headerMaxBytes: 2_000 } });
    const { answer } = await sayAndWait(server.port, `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(3_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431/);
  });

  test("that is one too many", async () => {
    await using server = await startEcho({}, { limits: { maxConnections: 1 } });
    const first = connect(server.port, "127.0.0.1");
    await once(first, "connect");
    const { afterMs } = await sayAndWait(server.port, "");
    expect(afterMs).toBeLessThan(SOON_MS);
    first.destroy();
  });
});

test("first bytes that come one by one are understood", async () => {
  await using server = await startEcho();
  const socket = connect(server.port, "127.0.0.1");
  socket.setNoDelay(true);
  const request =
    'POST /fixture.v1.EchoService/Say HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"text":"a"}';
  for (const char of request.slice(0, 6)) {
    socket.write(char);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(request.slice(6));
  const [answer] = await once(socket, "data");
  expect(String(answer)).toContain('{"text":"a"}');
  socket.destroy();
});

describe("a caller who sends a unary request too slowly is answered", () => {
  const limits = { bodyTimeoutMs: SHORT_MS };

  test("over HTTP/1.1", async () => {
    await using server = await startEcho({}, { limits });
    const head = "POST /fixture.v1.EchoService/Say HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    const { answer } = await sayAndWait(server.port, `${head}content-length: 99\r\nconnection: close\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1.1 504 .*deadline_exceeded/s);
  });

  test("over h2", async () => {
    await using server = await startEcho({}, { limits });
    const session = connectH2(server.url);
    const path = "/fixture.v1.EchoService/Say";
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
    stream.write(Buffer.from([0, 0, 0, 0, 9]));
    const [headers] = await once(stream, "response");
    expect(headers["grpc-status"]).toBe("4");
    stream.resume();
    await closed(stream);
    session.close();
  });
});

test("a caller who does not read its answer is cut off", async () => {
  await using server = await startEcho({}, { limits: { answerTimeoutMs: SHORT_MS } });
  const session = connectH2(server.url);
  const path = "/fixture.v1.EchoService/Count";
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.end(Buffer.from([0, 0, 0, 0, 4, 8, 0xc0, 0x84, 0x3d])); // a million numbers, which nobody reads
  await expect
    .poll(() => server.lines.find(({ path: called }) => called === path), { timeout: SOON_MS })
    .toMatchObject({
      aborted: true,
    });
  stream.destroy();
  session.destroy();
});

test("a caller who goes away is noticed while the handler works", async () => {
  for (const httpVersion of ["1.1", "2"] as const) {
    const aborted = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    await using server = await startEcho({
      write: async (_, { signal }) => {
        begun.resolve();
        await once(signal, "abort");
        aborted.resolve();
        return {};
      },
    });
    const transport = connectTo(server, { httpVersion });
    const abort = new AbortController();
    const call = createClient(EchoService, transport).write({}, { signal: abort.signal });
    await begun.promise;
    abort.abort();
    await expect(call).rejects.toMatchObject({ kind: "cancelled" });
    await aborted.promise;
    transport.close();
  }
});

test("a port that is taken is refused at the start", async () => {
  await using server = await startEcho();
  await expect(startEcho({}, { port: server.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("limits out of bounds are refused, all at once", () => {
  const limits = { readMaxBytes: 0, drainMs: -1 };
  const start = () => startEcho({}, { limits });
  return expect(start()).rejects.toThrow("readMaxBytes=0, drainMs=-1");
});

test("a server knows its port only once it listens", async () => {
  await using server = await startEcho();
  expect(server.port).toBeGreaterThan(0);
  expect(createRpcServer).toBeTypeOf("function");
});
