import { once } from "node:events";
import { connect } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { createHttpHost, type Problem } from "../src/index.ts";
import { contract, json, policy, problems, rawExchange, readableLog, startHost, things, verifier } from "./fixture.ts";

const routes = contract(things());

const post = (url: string, body: RequestInit["body"], headers: Record<string, string> = {}) => {
  const init: RequestInit & { duplex?: "half" } = {
    method: "POST",
    body: body ?? null,
    headers: { "content-type": "application/json", ...headers },
    ...(body instanceof ReadableStream && { duplex: "half" }),
  };
  return fetch(`${url}/things`, init);
};

const problemOf = async (response: Response): Promise<Problem> => (await response.json()) as Problem;

/** The problem document of a raw HTTP/1.1 answer. */
const rawProblem = (answer: string): Problem => JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as Problem;

function chunked(chunks: number, bytes: number): ReadableStream<Uint8Array> {
  let left = chunks;
  return new ReadableStream({
    pull(controller) {
      if (left-- === 0) controller.close();
      else controller.enqueue(new Uint8Array(bytes).fill(0x20));
    },
  });
}

const requestText = (body: string, ...headers: readonly string[]): string =>
  ["POST /things HTTP/1.1", "Host: a", "Content-Type: application/json", ...headers, "", body].join("\r\n");

describe("a body that is too long", () => {
  test("and says so is refused without being read", async () => {
    await using host = await startHost(routes);
    const response = await post(host.url, " ".repeat(2_097_152));
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  test("and comes in chunks is refused as soon as it is", async () => {
    await using host = await startHost(routes);
    const response = await post(host.url, chunked(32, 65_536));
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  test("and never ends does not keep its connection", async () => {
    await using host = await startHost(routes, { limits: { maxBodyBytes: 10 } });
    const started = performance.now();
    const answer = await rawExchange(host.port, requestText("ff\r\n", "Transfer-Encoding: chunked"), "x".repeat(255));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("by one byte is refused, and of exactly the limit taken", async () => {
    await using host = await startHost(routes, { limits: { maxBodyBytes: 10 } });
    expect((await post(host.url, '"12345678"')).status).toBe(200);
    expect((await post(host.url, '"123456789"')).status).toBe(413);
    expect((await post(host.url, chunked(1, 11))).status).toBe(413);
  });
});

describe("a request that comes too slowly", () => {
  test("with its body is cut off with a 408 problem", async () => {
    await using host = await startHost(routes, {
      limits: { requestTimeoutMs: 200, headersTimeoutMs: 100, checkIntervalMs: 50 },
    });
    const answer = await rawExchange(host.port, requestText('{"a":', "Content-Length: 100"));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(rawProblem(answer)).toMatchObject({ code: "REQUEST_TIMEOUT", status: 408 });
  });

  test("with its headers is cut off with a 408 problem", async () => {
    await using host = await startHost(routes, { limits: { headersTimeoutMs: 100, checkIntervalMs: 50 } });
    expect(await rawExchange(host.port, "POST /things HTTP/1.1\r\nHost: a\r\nX-A")).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("bytes that are no request", () => {
  test.each([
    [
      "headers above the limit",
      `GET /things HTTP/1.1\r\nHost: a\r\nX-Big: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "HEADERS_TOO_LARGE",
    ],
    ["a CR inside a header", requestText("", "Idempotency-Key: a\rb"), 400, "MALFORMED_REQUEST"],
    ["a folded header", requestText("", "Idempotency-Key: a\r\n b", "Content-Length: 0"), 400, "MALFORMED_REQUEST"],
    [
      "a body of two lengths",
      requestText("{}", "Content-Length: 2", "Transfer-Encoding: chunked"),
      400,
      "MALFORMED_REQUEST",
    ],
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "MALFORMED_REQUEST"],
  ])("(%s) are a problem document", async (_, text, status, code) => {
    await using host = await startHost(routes);
    const answer = await rawExchange(host.port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain("content-type: application/problem+json");
    expect(rawProblem(answer)).toMatchObject({
      code,
      status,
      type: `urn:gantry:things:${code.toLowerCase().replaceAll("_", "-")}`,
    });
    expect(host.lines).toMatchObject([{ status, code, message: "request" }]);
  });

  test.each([
    ["a backslash in the path", "GET /a\\b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["a host that is none", "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
    ["no path", "GET things HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  ])("(%s) are a problem document", async (_, text) => {
    await using host = await startHost(routes);
    const answer = await rawExchange(host.port, text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(rawProblem(answer)).toMatchObject({ code: "MALFORMED_REQUEST" });
  });

  test("do not spoil an answer that has begun on the same connection", async () => {
    const entered = Promise.withResolvers<void>();
    const proceed = Promise.withResolvers<void>();
    const slow = things({
      handle: async () => {
        entered.resolve();
        await proceed.promise;
        return { status: 200, body: "done" };
      },
    });
    await using host = await startHost(contract(slow));
    const answer = rawExchange(host.port, requestText("{}", "Content-Length: 2"), "no request\r\n\r\n");
    await entered.promise;
    proceed.resolve();
    expect((await answer).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

test("a header of 10 KB reaches the operation", async () => {
  await using host = await startHost(contract(things({ header: [{ name: "idempotency-key", type: "string" }] })));
  const response = await post(host.url, "{}", { "idempotency-key": "k".repeat(10_240) });
  expect(await response.json()).toMatchObject({ header: { "idempotency-key": "k".repeat(10_240) } });
});

test("JSON nested 100 000 deep costs the event loop less than 50 ms", async () => {
  await using host = await startHost(contract(things({ handle: () => ({ status: 200, body: {} }) })));
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  await post(host.url, nested);
  const costsMs: number[] = [];
  for (let time = 0; time < 8; time++) {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const response = await post(host.url, nested);
    delay.disable();
    expect(response.status).toBe(200);
    costsMs.push(delay.max / 1e6);
  }
  // Other processes only ever add: the smallest is what it costs.
  expect(Math.min(...costsMs)).toBeLessThan(50);
});

describe("each request", () => {
  test("has one log line: by route, with time and status, without what was sent", async () => {
    await using host = await startHost(
      contract(things({ route: "/things/{id}", path: [{ name: "id", type: "string" }] })),
    );
    const response = await fetch(`${host.url}/things/secret-id?token=secret-query`, {
      method: "POST",
      body: '"secret-body"',
      headers: { "content-type": "application/json", "x-secret": "secret-header" },
    });
    await response.text();
    await expect.poll(() => host.lines).toHaveLength(1);
    expect(host.lines).toMatchObject([
      { level: "info", message: "request", method: "POST", route: "/things/{id}", status: 400 },
    ]);
    expect(JSON.stringify(host.lines)).not.toContain("secret");
  });

  test("that fails is found in the log by the trace id of its problem", async () => {
    await using host = await startHost(routes);
    const { trace_id, code } = await problemOf(await post(host.url, "not JSON"));
    await expect.poll(() => host.lines).toHaveLength(1);
    expect(host.lines).toMatchObject([{ trace_id, code }]);
  });

  test("whose client leaves is logged as 499", async () => {
    const entered = Promise.withResolvers<void>();
    const proceed = Promise.withResolvers<void>();
    const slow = things({
      handle: async () => {
        entered.resolve();
        await proceed.promise;
        return { status: 200, body: {} };
      },
    });
    await using host = await startHost(contract(slow));
    const socket = connect(host.port, "127.0.0.1");
    socket.write(requestText("{}", "Content-Length: 2"));
    await entered.promise;
    socket.destroy();
    await expect.poll(() => host.lines).toMatchObject([{ status: 499 }]);
    proceed.resolve();
  });
});

describe("a host that stops", () => {
  const slow = () => {
    const entered = Promise.withResolvers<void>();
    const proceed = Promise.withResolvers<void>();
    const operation = things({
      policy: policy({ deadlineMs: 60_000 }),
      answers: { 200: json, ...problems },
      handle: async () => {
        entered.resolve();
        await proceed.promise;
        return { status: 200, body: "done" };
      },
    });
    return { entered: entered.promise, proceed: () => proceed.resolve(), routes: contract(operation) };
  };

  test("finishes what is under way, takes nothing new and closes the connections", async () => {
    const { entered, proceed, routes: own } = slow();
    await using host = await startHost(own);
    const running = post(host.url, "{}");
    await entered;
    const stopped = host.stop();
    await expect(post(host.url, "{}")).rejects.toThrow();
    proceed();
    const response = await running;
    expect(await response.json()).toBe("done");
    expect(response.headers.get("connection")).toBe("close");
    await stopped;
  });

  test("waits no longer than it was told", async () => {
    const { entered, routes: own } = slow();
    await using host = await startHost(own, { limits: { drainTimeoutMs: 50 } });
    const running = post(host.url, "{}");
    const failed = expect(running).rejects.toThrow();
    await entered;
    await host.stop();
    await failed;
  });

  test("closes idle connections at once", async () => {
    await using host = await startHost(routes);
    const socket = connect(host.port, "127.0.0.1");
    socket.write(requestText("{}", "Content-Length: 2"));
    await once(socket, "data");
    const closed = once(socket, "close");
    await host.stop();
    await closed;
  });

  test("may be stopped twice, or before it has started", async () => {
    const { logger } = readableLog();
    const host = createHttpHost({ name: "http", host: "127.0.0.1", port: 0, routes, logger, verifier });
    await host.stop();
    await host.start();
    await Promise.all([host.stop(), host.stop()]);
    await expect(host.check()).rejects.toThrow("does not listen");
  });
});

test("a host tells its port, and fails to start where another listens", async () => {
  await using host = await startHost(routes);
  const { logger } = readableLog();
  const rival = createHttpHost({ name: "http", host: "127.0.0.1", port: host.port, routes, logger, verifier });
  await expect(rival.start()).rejects.toThrow("EADDRINUSE");
  await expect(host.check()).resolves.toBeUndefined();
});
