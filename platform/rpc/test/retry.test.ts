import { once } from "node:events";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { AppError } from "@gantry/kernel";
import { freePort } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { connectTo, policiesWith, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const unavailable = () => new AppError({ kind: "unavailable", reason: "BUSY", message: "Come back." });

/** A server that fails the first `failures` calls of each method. */
async function startFailing(failures: number, error: () => AppError = unavailable) {
  const timeouts: (number | undefined)[] = [];
  const answer = ({ text }: { text: string }, timeoutMs?: number) => {
    timeouts.push(timeoutMs);
    if (timeouts.length <= failures) throw error();
    return { text };
  };
  const server = await startEcho({
    say: (request, context) => answer(request, context.timeoutMs()),
    write: (request, context) => answer(request, context.timeoutMs()),
    async *count(_, context) {
      answer({ text: "" }, context.timeoutMs());
      yield { number: 1 };
    },
  });
  return Object.assign(server, { timeouts });
}

describe("a call that failed because the server could not take it", () => {
  test.each(["connect", "grpc"] as const)("is repeated if a repeat does no harm (%s)", async (protocol) => {
    await using server = await startFailing(2);
    using transport = connectTo(server, { protocol });
    expect(await createClient(EchoService, transport).say({ text: "at last" })).toMatchObject({ text: "at last" });
    const [first, , third] = server.timeouts;
    expect(Number(third)).toBeLessThan(Number(first) - 50); // it is told how little time is left
  });

  test("is repeated only as often as the policy says", async () => {
    await using server = await startFailing(9);
    using transport = connectTo(server);
    await expect(createClient(EchoService, transport).say({})).rejects.toMatchObject({ reason: "BUSY" });
    expect(server.timeouts).toHaveLength(3);
  });

  test("is not repeated if a repeat does the work again", async () => {
    await using server = await startFailing(9);
    using transport = connectTo(server, { policies: policiesWith({ Write: { retryAttempts: 3 } }) });
    await expect(createClient(EchoService, transport).write({})).rejects.toMatchObject({ reason: "BUSY" });
    expect(server.timeouts).toHaveLength(1);
  });

  test("is not repeated if it is a stream", async () => {
    await using server = await startFailing(9);
    const policies = policiesWith({ Count: { retryAttempts: 3, idempotency: "NO_SIDE_EFFECTS" } });
    using transport = connectTo(server, { policies });
    const answers = createClient(EchoService, transport).count({})[Symbol.asyncIterator]();
    await expect(answers.next()).rejects.toMatchObject({ reason: "BUSY" });
    expect(server.timeouts).toHaveLength(1);
  });

  test("is not repeated when its caller has left meanwhile", async () => {
    await using server = await startFailing(9);
    using transport = connectTo(server);
    const call = createClient(EchoService, transport).say({}, { signal: AbortSignal.timeout(25) });
    await expect(call).rejects.toBeInstanceOf(AppError);
    expect(server.timeouts).toHaveLength(1);
  });
});

test("a call that was refused for good is not repeated", async () => {
  const refused = () => new AppError({ kind: "failed_precondition", reason: "NO", message: "No." });
  await using server = await startFailing(9, refused);
  using transport = connectTo(server);
  await expect(createClient(EchoService, transport).say({})).rejects.toMatchObject({ reason: "NO" });
  expect(server.timeouts).toHaveLength(1);
});

describe("a server that says when to come back", () => {
  const comeBack = (retryAfterSec: number) => () =>
    new AppError({ kind: "rate_limited", reason: "SLOW_DOWN", message: "Slow down.", retryAfterSec });

  test("is obeyed", async () => {
    await using server = await startFailing(1, comeBack(1));
    using transport = connectTo(server);
    const startedMs = performance.now();
    await createClient(EchoService, transport).say({});
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  test("is not asked again if that is too late", async () => {
    await using server = await startFailing(1, comeBack(60));
    using transport = connectTo(server);
    await expect(createClient(EchoService, transport).say({})).rejects.toMatchObject({
      reason: "SLOW_DOWN",
      retryAfterSec: 60,
    });
  });
});

test("a target that keeps failing is not asked twice for each call any more", async () => {
  await using server = await startFailing(1_000);
  using transport = connectTo(server);
  const client = createClient(EchoService, transport);
  for (let call = 0; call < 10; call++) await client.say({}).catch(() => undefined);
  const before = server.timeouts.length;
  for (let call = 0; call < 5; call++) await client.say({}).catch(() => undefined);
  expect(server.timeouts.length - before).toBe(5);
});

describe("unavailable is", () => {
  test("a server that is not there", async () => {
    using transport = connectTo({ url: `http://127.0.0.1:${await freePort()}` });
    await expect(createClient(EchoService, transport).say({})).rejects.toMatchObject({
      kind: "unavailable",
      reason: "UNAVAILABLE",
      message: "The call failed: Service Unavailable.",
    });
  });

  test("a call whose transport is closed under it; a later one opens it again", async () => {
    const begun = Promise.withResolvers<void>();
    await using server = await startEcho({
      write: async (_, { signal }) => {
        begun.resolve();
        await once(signal, "abort");
        return {};
      },
    });
    using transport = connectTo(server);
    const client = createClient(EchoService, transport);
    const call = client.write({});
    await begun.promise;
    transport.close();
    await expect(call).rejects.toMatchObject({ kind: "unavailable" });
    expect(await client.say({ text: "again" })).toMatchObject({ text: "again" });
  });

  const faults: [string, (server: Http2Server) => void][] = [
    ["a connection that breaks in the middle of a call", breakConnections],
    ["a stream that the server refuses", (server) => server.on("stream", (stream) => stream.close(7))],
    ["a stream that the server cancels", (server) => server.on("stream", (stream) => stream.close(8))],
    ["a session that the server ends", (server) => server.on("stream", (stream) => stream.session?.destroy())],
  ];

  function breakConnections(server: Http2Server): void {
    server.on("stream", (stream) => stream.session?.socket.destroy());
    server.on("session", (session) => session.on("error", () => {}));
  }

  test.each(faults)("%s", async (_, fault) => {
    const server = createServer();
    server.on("stream", (stream) => stream.on("error", () => {}));
    fault(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    for (const protocol of ["connect", "grpc"] as const) {
      using transport = connectTo({ url: `http://127.0.0.1:${port}` }, { protocol });
      await expect(createClient(EchoService, transport).write({})).rejects.toMatchObject({ kind: "unavailable" });
    }
    server.close();
  });
});
