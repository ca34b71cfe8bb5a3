import { once } from "node:events";
import { connect as connectH2 } from "node:http2";
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { connectTo, policiesWith, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

/** A server whose `Write` answers when it is let. */
async function startHeld(drainMs: number) {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const server = await startEcho(
    {
      async write({ text }) {
        begun.resolve();
        await release.promise;
        return { text };
      },
    },
    { limits: { drainMs } },
  );
  return { server, begun: begun.promise, release: release.resolve };
}

const transports = {
  "gRPC over h2": (baseUrl: string) => createGrpcTransport({ baseUrl }),
  "connect over h2": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  "connect over HTTP/1.1": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
};

describe.each(Object.entries(transports))("while a server stops, by %s", (_, transport) => {
  test("a running call finishes, and only then the server is gone", async () => {
    const { server, begun, release } = await startHeld(10_000);
    const call = createClient(EchoService, transport(server.url)).write({ text: "done" });
    await begun;
    let stopped = false;
    const stopping = server.stop().then(() => {
      stopped = true;
    });
    await refused(server.port);
    expect(stopped).toBe(false);
    release();
    expect(await call).toMatchObject({ text: "done" });
    await stopping;
  });

  test("a call that does not finish in time ends as unavailable", async () => {
    const { server, begun } = await startHeld(100);
    const call = createClient(EchoService, transport(server.url)).write({});
    await begun;
    const startedMs = performance.now();
    await Promise.all([server.stop(), expect(call).rejects.toMatchObject({ code: 14 })]);
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect(server.lines.find(({ level }) => level === "warn")).toMatchObject({ calls: 1 });
  });
});

/** Resolves when nobody accepts connections any more. */
async function refused(port: number): Promise<void> {
  await expect
    .poll(async () => {
      const socket = connect(port, "127.0.0.1");
      const accepted = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return accepted;
    })
    .toBe(false);
}

test("an h2 peer is asked to go elsewhere, and may finish what it has begun", async () => {
  const { server, begun, release } = await startHeld(10_000);
  const session = connectH2(server.url);
  const path = "/fixture.v1.EchoService/Write";
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/proto" });
  stream.end();
  await begun;
  const goaway = once(session, "goaway");
  const stopping = server.stop();
  const [code] = await goaway;
  expect(code).toBe(0);
  release();
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(200);
  stream.resume();
  await stopping;
});

test("a running answer over HTTP/1.1 says that the connection ends with it", async () => {
  const { server, begun, release } = await startHeld(10_000);
  const socket = connect(server.port, "127.0.0.1");
  const head = "POST /fixture.v1.EchoService/Write HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
  socket.write(`${head}content-length: 2\r\n\r\n{}`);
  await begun;
  const stopping = server.stop();
  release();
  const [answer] = await once(socket, "data");
  expect(String(answer).toLowerCase()).toContain("connection: close");
  await stopping;
});

test("idle connections do not hold up the stop", async () => {
  await using server = await startEcho({}, { limits: { drainMs: 10_000 } });
  using h2 = connectTo(server);
  using h1 = connectTo(server, { httpVersion: "1.1" });
  await Promise.all([createClient(EchoService, h2).say({}), createClient(EchoService, h1).say({})]);
  const silent = connect(server.port, "127.0.0.1");
  await once(silent, "connect");
  const startedMs = performance.now();
  await server.stop();
  expect(performance.now() - startedMs).toBeLessThan(1_500);
});

test("a client moves on to the next server without failing a call", async () => {
  const first = await startEcho({}, { limits: { drainMs: 5_000 } });
  using transport = connectTo(first, { policies: policiesWith({ Say: { retryAttempts: 5 } }) });
  const client = createClient(EchoService, transport);
  let calls = 0;
  let over = false;
  const calling = (async () => {
    while (!over) {
      await client.say({ text: "x" });
      calls++;
    }
  })();
  await expect.poll(() => calls).toBeGreaterThan(20);
  await first.stop();
  const second = await startEcho({}, { port: first.port });
  const before = calls;
  await expect.poll(() => calls).toBeGreaterThan(before + 20);
  over = true;
  await calling;
  await second.stop();
});

test("stopping twice, or without having started, does no harm", async () => {
  const server = await startEcho();
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
});
