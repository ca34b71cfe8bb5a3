import { create } from "@bufbuild/protobuf";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { AppError, type ErrorKind, statusTable } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { exposeError, INVALID_REQUEST, translateRpcError } from "../src/index.ts";
import { connectTo, type EchoServer, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const kinds = Object.keys(statusTable).filter((kind): kind is ErrorKind => kind in statusTable);

/** Why a kind has another status in an OpenAPI contract than Connect gives its code. */
const otherStatus: Partial<Record<ErrorKind, string>> = {
  failed_precondition: "a wrong state is a conflict in the OpenAPI contract: 409, Connect says 400",
  unprocessable: "422 has no code of its own: Connect says 400",
  unsupported_media_type: "415 is the same code as a bad argument: Connect says 400",
  payload_too_large: "413 is the same code as a rate limit: Connect says 429",
  method_not_allowed: "405 is the same code as a missing method: Connect says 501",
};

async function say(server: EchoServer, text = ""): Promise<{ status: number; error: unknown }> {
  const response = await fetch(`${server.url}/fixture.v1.EchoService/Say`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });
  const error: unknown = await response.json();
  return { status: response.status, error };
}

const throwing = (error: unknown) =>
  startEcho({
    say: () => {
      throw error;
    },
  });

/** Calls with Connect's own client, which relays what it gets as it is. */
async function rawError(server: EchoServer): Promise<ConnectError> {
  const client = createClient(EchoService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
  return client.say({}).then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => ConnectError.from(error),
  );
}

describe.each(kinds)("an AppError of kind %s", (kind) => {
  test("has a number that Connect knows", () => {
    expect(Code[statusTable[kind].rpcCode]).toBeDefined();
  });

  test("gets the HTTP status that Connect gives its code, unless a difference is documented", async () => {
    await using server = await throwing(new AppError({ kind, reason: "X", message: "no" }));
    const { status } = await say(server);
    if (kind in otherStatus) expect(status).not.toBe(statusTable[kind].httpStatus);
    else expect(status).toBe(statusTable[kind].httpStatus);
  });

  test.skipIf(kind === "internal")(
    "reaches another service with code, reason, text, details and violations",
    async () => {
      const thrown = new AppError({
        kind,
        reason: "OUT_OF_FUEL",
        message: "3 of 5 tanks are empty.",
        details: { tanks: "3" },
        violations: [{ field: "tanks", rule: "int.max", message: "at most 2" }],
        retryAfterSec: 7,
      });
      await using server = await throwing(thrown);
      using transport = connectTo(server);
      const got = await createClient(EchoService, transport)
        .say({})
        .catch((error: unknown) => error);
      expect(got).toMatchObject({
        reason: "OUT_OF_FUEL",
        message: "3 of 5 tanks are empty.",
        details: { tanks: "3" },
        violations: [{ field: "tanks", rule: "int.max", message: "at most 2" }],
        retryAfterSec: 7,
        cause: { code: statusTable[kind].rpcCode },
      });
      expect(AppError.is(got) && statusTable[got.kind].rpcCode).toBe(statusTable[kind].rpcCode);
    },
  );
});

describe("what a caller must not see", () => {
  const secret = "connect to 10.1.2.3:5432 as payment failed: password hunter2";
  const hidden: [string, unknown][] = [
    ["an Error", new Error(secret)],
    ["an AppError that is internal", new AppError({ kind: "internal", reason: "DB_SECRET", message: secret })],
    ["a ConnectError, which may be an upstream's", new ConnectError(secret, Code.NotFound)],
    ["something that is not an error", secret],
  ];

  test.each(hidden)("%s becomes a constant text, and goes to the log", async (_, error) => {
    await using server = await throwing(error);
    const answer = await say(server);
    expect(answer).toMatchObject({
      status: 500,
      error: { code: "internal", message: "Something went wrong on our side." },
    });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|DB_SECRET/);
    expect(server.lines.find(({ level }) => level === "error")).toMatchObject({
      err: error,
      rpc: "fixture.v1.EchoService/Say",
    });
  });

  test("the text of an upstream's error stays behind when a handler forgets to translate it", async () => {
    await using upstream = await throwing(new AppError({ kind: "not_found", reason: "NO_PART", message: secret }));
    const raw = createClient(EchoService, createConnectTransport({ baseUrl: upstream.url, httpVersion: "2" }));
    await using server = await startEcho({ say: (request) => raw.say(request) });
    expect((await say(server)).error).toMatchObject({ code: "internal" });
  });

  test("an upstream's error that was translated keeps its reason and what was written for callers", async () => {
    const refusal = new AppError({ kind: "not_found", reason: "NO_PART", message: "There is no such part." });
    await using upstream = await throwing(refusal);
    using transport = connectTo(upstream);
    const client = createClient(EchoService, transport);
    await using server = await startEcho({ say: (request) => client.say(request) });
    expect((await say(server)).error).toMatchObject({ code: "not_found", message: "There is no such part." });
  });

  test("an upstream's internal error is internal here too, without its words", () => {
    const wire = Object.assign(new ConnectError(secret, Code.Internal), { isWireError: true });
    const translated = translateRpcError(wire);
    expect(translated).toMatchObject({ kind: "internal", message: "Something went wrong on our side." });
    expect(translated.meta).toMatchObject({ upstream: secret });
  });

  test("the words of a proxy or a library in between are not taken over", () => {
    const wire = Object.assign(new ConnectError(secret, Code.Unavailable), { isWireError: true });
    expect(translateRpcError(wire)).toMatchObject({
      kind: "unavailable",
      reason: "UNAVAILABLE",
      message: "The call failed: Service Unavailable.",
    });
  });
});

describe("an error that was made for the caller on purpose", () => {
  const refusal = (): ConnectError => {
    const detail = { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations: [{ field: "f" }] }) };
    return new ConnectError("out of range", Code.OutOfRange, { "x-hint": "smaller" }, [detail]);
  };

  test("goes out as it is", async () => {
    await using server = await throwing(exposeError(refusal()));
    const error = await rawError(server);
    expect([error.code, error.rawMessage, error.metadata.get("x-hint")]).toEqual([
      Code.OutOfRange,
      "out of range",
      "smaller",
    ]);
    expect(error.findDetails(BadRequestSchema)).toHaveLength(1);
  });

  test("cannot be an upstream's", async () => {
    await using upstream = await throwing(new AppError({ kind: "not_found", reason: "X", message: "x" }));
    const error = await rawError(upstream);
    expect(() => exposeError(error)).toThrow(TypeError);
  });
});

describe("a message that breaks a rule of its contract", () => {
  test("is told with the rules it breaks, in protovalidate's own words and with a reason", async () => {
    await using server = await startEcho();
    const client = createClient(EchoService, createConnectTransport({ baseUrl: server.url, httpVersion: "2" }));
    const error = await client.say({ more: ["", "ok", ""] }).catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    if (!(error instanceof ConnectError)) return;
    expect(error.findDetails(ViolationsSchema)[0]?.violations.map(({ ruleId }) => ruleId)).toEqual([
      "string.min_len",
      "string.min_len",
    ]);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: INVALID_REQUEST, domain: "echo" }]);
  });

  test("reaches another service as violations with their fields", async () => {
    await using server = await startEcho();
    using transport = connectTo(server);
    await expect(createClient(EchoService, transport).say({ more: ["", "ok", ""] })).rejects.toMatchObject({
      kind: "invalid_argument",
      reason: INVALID_REQUEST,
      violations: [
        { field: "more[0]", rule: "string.min_len" },
        { field: "more[2]", rule: "string.min_len" },
      ],
    });
  });

  test("ends a stream, whichever message it is", async () => {
    await using server = await startEcho();
    using transport = connectTo(server);
    async function* requests() {
      yield { text: "fine" };
      yield { text: "not", more: [""] };
    }
    await expect(createClient(EchoService, transport).join(requests())).rejects.toMatchObject({
      kind: "invalid_argument",
      violations: [{ field: "more[0]" }],
    });
  });
});

test("an error after the first messages of a stream reaches the caller", async () => {
  await using server = await startEcho({
    async *count() {
      yield { number: 1 };
      throw new AppError({ kind: "conflict", reason: "MOVED", message: "It moved." });
    },
  });
  using transport = connectTo(server, { protocol: "grpc" });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { number } of createClient(EchoService, transport).count({ to: 9 })) seen.push(number);
  })();
  await expect(reading).rejects.toMatchObject({ kind: "conflict", reason: "MOVED" });
  expect(seen).toEqual([1]);
});

test("a method without a handler is unimplemented", async () => {
  await using server = await startEcho({}, { routes: (router) => router.service(EchoService, {}) });
  expect(await say(server)).toMatchObject({ status: 501, error: { code: "unimplemented" } });
});
