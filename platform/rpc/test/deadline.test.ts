import { once } from "node:events";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { createIdentityVerifier } from "@gantry/identity";
import { AppError } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { createLocalRpcTransport, runInCallScope } from "../src/index.ts";
import { connectTo, echo, identity, policiesWith, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const SHORT_MS = 80;
const never = new Promise<never>(() => {});

/** A server whose `Write` takes for ever, and the reason why its handler was told to stop. */
async function startSlow(deadlineMs = SHORT_MS) {
  const stopped = Promise.withResolvers<unknown>();
  const server = await startEcho(
    {
      async write(_, { signal }) {
        await once(signal, "abort");
        stopped.resolve(signal.reason);
        return never;
      },
      async *count(_, { signal }) {
        yield { number: 1 };
        await once(signal, "abort");
        stopped.resolve(signal.reason);
        await never;
      },
    },
    { policies: policiesWith({ Write: { deadlineMs }, Count: { deadlineMs } }) },
  );
  return Object.assign(server, { stopped: stopped.promise });
}

const clientOf = (url: string) =>
  createClient(EchoService, createConnectTransport({ baseUrl: url, httpVersion: "1.1" }));

/** Fails unless the call ends as "deadline exceeded", and about when it should. */
async function expectLate(call: Promise<unknown>, deadlineMs = SHORT_MS): Promise<void> {
  const startedMs = performance.now();
  await expect(call).rejects.toMatchObject({ code: 4 });
  expect(performance.now() - startedMs).toBeLessThan(deadlineMs + 4_000);
}

describe("a handler that takes too long", () => {
  test("is told to stop at the deadline of its method, and its caller is answered", async () => {
    await using server = await startSlow();
    await expectLate(clientOf(server.url).write({}));
    expect(await server.stopped).toMatchObject({ kind: "timeout", reason: "DEADLINE_EXCEEDED" });
  });

  test("is told to stop at its caller's deadline if that is shorter", async () => {
    await using server = await startSlow(5_000);
    await expectLate(clientOf(server.url).write({}, { timeoutMs: SHORT_MS }));
    await server.stopped;
  });

  test("is told to stop at the method's deadline if its caller would wait longer", async () => {
    await using server = await startSlow();
    await expectLate(clientOf(server.url).write({}, { timeoutMs: 60_000 }));
  });

  test("is told to stop when its caller goes away", async () => {
    await using server = await startSlow(5_000);
    const abort = new AbortController();
    const call = clientOf(server.url).write({}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: 1 });
    expect(await server.stopped).toMatchObject({ code: 1 });
  });

  test("is told to stop in the middle of a stream", async () => {
    const deadlineMs = 1_000; // time enough for the first message, also on a busy machine
    await using server = await startSlow(deadlineMs);
    const client = createClient(EchoService, createGrpcTransport({ baseUrl: server.url }));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { number } of client.count({ to: 3 })) seen.push(number);
    })();
    await expectLate(reading, deadlineMs);
    expect(seen).toEqual([1]);
    await server.stopped;
  });
});

test("a timeout that no method may have is refused", async () => {
  await using server = await startEcho();
  const day = 86_400_000;
  await expect(clientOf(server.url).say({}, { timeoutMs: day })).rejects.toMatchObject({ code: 3 });
});

describe("a transport", () => {
  test("waits no longer than the policy says", async () => {
    await using server = await startSlow(5_000);
    using transport = connectTo(server, { policies: policiesWith({ Write: { deadlineMs: SHORT_MS } }) });
    const startedMs = performance.now();
    await expect(createClient(EchoService, transport).write({})).rejects.toMatchObject({ kind: "timeout" });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test("ends a call when its caller no longer wants it", async () => {
    await using server = await startSlow(5_000);
    using transport = connectTo(server);
    const call = createClient(EchoService, transport).write({}, { signal: AbortSignal.timeout(20) });
    await expect(call).rejects.toMatchObject({ kind: "cancelled" });
    await server.stopped;
  });
});

describe("a call made while serving another", () => {
  test("inherits what is left of its deadline", async () => {
    const told: (number | undefined)[] = [];
    await using upstream = await startEcho({
      write: (_, context) => {
        told.push(context.timeoutMs());
        return {};
      },
    });
    using transport = connectTo(upstream);
    const client = createClient(EchoService, transport);
    await using front = await startEcho(
      { say: (request) => client.write(request) },
      { policies: policiesWith({ Say: { deadlineMs: 1_000 } }) },
    );
    await clientOf(front.url).say({});
    expect(told[0]).toBeGreaterThan(0);
    expect(told[0]).toBeLessThanOrEqual(1_000);
  });

  test("ends when the caller of the other goes away", async () => {
    await using slow = await startSlow(5_000);
    using transport = connectTo(slow);
    const upstream = createClient(EchoService, transport);
    await using front = await startEcho({ say: (request) => upstream.write(request) });
    await expect(clientOf(front.url).say({}, { signal: AbortSignal.timeout(SHORT_MS) })).rejects.toThrow();
    expect(await slow.stopped).toMatchObject({ code: 1 });
  });

  test("is not bound by a call that is over", async () => {
    await using upstream = await startEcho();
    using transport = connectTo(upstream);
    const client = createClient(EchoService, transport);
    const later = Promise.withResolvers<void>();
    let background: Promise<unknown> | undefined;
    await using front = await startEcho(
      {
        say: () => {
          background = later.promise.then(() => client.write({ text: "later" }));
          return {};
        },
      },
      { policies: policiesWith({ Say: { deadlineMs: SHORT_MS } }) },
    );
    await clientOf(front.url).say({});
    setTimeout(later.resolve, 2 * SHORT_MS);
    await later.promise;
    expect(await background).toMatchObject({ text: "later" });
  });

  test("is not begun when no time is left", async () => {
    await using server = await startEcho();
    using transport = connectTo(server);
    const scope = { signal: new AbortController().signal, dueMs: performance.now() + 5 };
    const call = runInCallScope(scope, () => createClient(EchoService, transport).say({}));
    await expect(call).rejects.toMatchObject({ kind: "timeout", reason: "DEADLINE_EXCEEDED" });
    expect(server.lines).toEqual([]);
  });
});

describe("a transport without a network", () => {
  const local = (impl: Partial<typeof echo>, deadlineMs = SHORT_MS) =>
    createClient(
      EchoService,
      createLocalRpcTransport({
        service: "echo",
        routes: (router) => router.service(EchoService, { ...echo, ...impl }),
        policies: policiesWith({ Write: { deadlineMs } }),
        verifier: createIdentityVerifier({ service: "echo", jwks: identity.jwks }),
        identity: () => identity.user(),
        logger: silentLogger,
      }),
    );

  test("keeps the deadlines", async () => {
    await expect(local({ write: () => never }).write({})).rejects.toMatchObject({ kind: "timeout" });
  });

  test("keeps policies, validation and errors", async () => {
    const client = local({});
    expect(await client.mine({})).toMatchObject({ text: "for users" });
    await expect(client.secret({})).rejects.toMatchObject({ kind: "permission_denied" });
    await expect(client.unruled({})).rejects.toMatchObject({ reason: "POLICY_MISSING" });
    await expect(client.say({ more: [""] })).rejects.toMatchObject({ violations: [{ field: "more[0]" }] });
    await expect(client.say({ text: "forbidden" })).rejects.toBeInstanceOf(AppError);
  });
});
