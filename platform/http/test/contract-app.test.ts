import { AppError } from "@gantry/kernel";
import { forgedIdentities } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import {
  type Answer,
  type Call,
  createContractApp,
  type HandlerScope,
  type Operation,
  type RunInScope,
  type UserPrincipal,
} from "../src/contract.ts";
import type { Problem } from "../src/index.ts";
import {
  anything,
  contract,
  guard,
  identity,
  json,
  policy,
  problems,
  readableLog,
  serviceToken,
  sessionUuid,
  things,
  userToken,
  userUuid,
  verifier,
} from "./fixture.ts";

function appOf(operation: Operation, answers: "strict" | "report" = "strict") {
  const { lines, logger } = readableLog();
  const app = createContractApp(contract(operation), { logger, verifier, answers });
  const post = (body: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
    app.request("/things", { method: "POST", body, headers });
  return { app, lines, post };
}

const problemOf = async (response: Response): Promise<Problem> => (await response.json()) as Problem;

describe("who may call", () => {
  const handler = (_: unknown, call: Call<unknown>) => ({ status: 200, body: call.principal });
  const session = { policy: policy({ auth: "SESSION" }), handle: handler };

  test.each([
    ["nobody", {}, 401, "UNAUTHENTICATED"],
    ["a service", { "x-gantry-identity": serviceToken }, 403, "FORBIDDEN"],
    ["a forger", { "x-gantry-identity": `${userToken.slice(0, -4)}AAAA` }, 401, "IDENTITY_INVALID"],
  ])("a SESSION operation refuses %s before it reads the body", async (_, headers, status, code) => {
    const { post } = appOf(things(session));
    const response = await post("this is not JSON", headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({
      code,
      type: `urn:gantry:things:${code.toLowerCase().replace("_", "-")}`,
    });
  });

  test("a SESSION operation hands its user to the handler", async () => {
    const { post } = appOf(things(session));
    const response = await post("{}", { "content-type": "application/json", "x-gantry-identity": userToken });
    expect(await response.json()).toMatchObject({
      kind: "user",
      userUuid,
      sessionUuid,
    } satisfies Partial<UserPrincipal>);
  });

  test("a SERVICE operation takes the services that it names, and refuses others and persons", async () => {
    const callers = ["payment"];
    const handle = () => ({ status: 200, body: {} });
    const { post } = appOf(things({ policy: policy({ auth: "SERVICE", callers }), handle }));
    const statusFor = async (token: string) =>
      (await post("{}", { "content-type": "application/json", "x-gantry-identity": token })).status;
    expect(await statusFor(serviceToken)).toBe(200);
    expect(await statusFor(await identity.service("order", "things"))).toBe(403);
    expect(await statusFor(userToken)).toBe(403);
  });

  test.each(forgedIdentities(identity, "payment", "things"))(
    "an operation that asks who calls refuses $what",
    async ({ token, reason }) => {
      for (const auth of ["SESSION", "SERVICE"] as const) {
        const { post } = appOf(things({ policy: policy({ auth, callers: ["payment"] }) }));
        const response = await post("{}", { "content-type": "application/json", "x-gantry-identity": token });
        expect([response.status, (await problemOf(response)).code]).toEqual([401, reason]);
      }
    },
  );

  test("a PUBLIC operation has no principal, whoever calls", async () => {
    const { post } = appOf(
      things({ handle: (_, call) => ({ status: 200, body: { principal: call.principal ?? null } }) }),
    );
    const response = await post("{}", { "content-type": "application/json", "x-gantry-identity": userToken });
    expect(await response.json()).toEqual({ principal: null });
  });
});

describe("what a handler runs in", () => {
  const kept: HandlerScope[] = [];
  const inScope: RunInScope = (scope, handler) => {
    kept.push(scope);
    return handler();
  };
  const appIn = (deadlineMs: number, handle: Operation["handle"]) =>
    createContractApp(contract(things({ policy: policy({ deadlineMs }), handle })), {
      logger: readableLog().logger,
      verifier,
      inScope,
    });
  const post = (app: ReturnType<typeof appIn>) =>
    app.request("/things", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });

  test("ends with the operation's deadline, and is over when the handler has ended", async () => {
    const beganMs = performance.now();
    const seen: boolean[] = [];
    await post(
      appIn(3000, async () => {
        seen.push(kept.at(-1)?.over ?? true);
        return { status: 200, body: {} };
      }),
    );
    const scope = kept.at(-1);
    expect(seen).toEqual([false]);
    expect(scope?.over).toBe(true);
    expect(scope?.dueMs).toBeGreaterThanOrEqual(beganMs + 3000);
    expect(scope?.dueMs).toBeLessThanOrEqual(performance.now() + 3000);
  });

  test("is aborted with the deadline, while a handler goes on that does not listen", async () => {
    const { promise: goesOn, resolve } = Promise.withResolvers<Answer>();
    const response = await post(appIn(20, () => goesOn));
    expect(response.status).toBe(504);
    expect(kept.at(-1)).toMatchObject({ over: false, signal: { aborted: true } });
    resolve({ status: 200, body: {} });
    await goesOn;
    expect(kept.at(-1)?.over).toBe(true);
  });
});

describe("the body", () => {
  test.each([
    ["text", { "content-type": "text/plain" }],
    ["a type that only starts like JSON", { "content-type": "application/jsonp" }],
    ["no type", {}],
  ])("with %s is refused", async (_, headers) => {
    const { app } = appOf(things());
    const body = new Blob(["{}"]).stream();
    const init = {
      method: "POST",
      body,
      headers: { "content-length": "2", ...headers },
      duplex: "half",
    } as RequestInit;
    const response = await app.request("/things", init);
    expect(response.status).toBe(415);
    expect((await problemOf(response)).code).toBe("UNSUPPORTED_MEDIA_TYPE");
  });

  test.each(["application/json; charset=utf-8", "Application/JSON"])("of type %s is JSON", async (type) => {
    const { post } = appOf(things());
    expect((await post("{}", { "content-type": type })).status).toBe(200);
  });

  test("that is no JSON is one problem among the others", async () => {
    const request = guard(() => [{ instancePath: "/query/a" }, { instancePath: "/body", keyword: "required" }]);
    const { post } = appOf(things({ request, query: [] }));
    const { code, violations } = await problemOf(await post('{"a":'));
    expect(code).toBe("INVALID_REQUEST");
    expect(violations?.map(({ field, rule }) => `${field} ${rule}`)).toEqual(["/body json", "/query/a type"]);
  });

  test("that is too long is refused", async () => {
    const { app } = appOf(things());
    const body = JSON.stringify("x".repeat(1_048_576));
    const response = await app.request("/things", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(413);
  });

  test("may be left out where the contract says so", async () => {
    const { app } = appOf(things({ body: "optional" }));
    const response = await app.request("/things", { method: "POST" });
    expect(await response.json()).toEqual({});
  });

  test("with a __proto__ member stays plain data", async () => {
    const { post } = appOf(things({ handle: (input) => ({ status: 200, body: input }) }));
    const response = await post('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":2}}}');
    expect(await response.text()).toBe('{"body":{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":2}}}}');
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("parameters", () => {
  const search: Operation = things({
    method: "GET",
    route: "/things/{size}",
    path: [{ name: "size", type: "integer" }],
    query: [
      { name: "tag", type: "string", list: true },
      { name: "min", type: "number", fallback: 0.5 },
      { name: "all", type: "boolean" },
    ],
    header: [{ name: "x-depth", type: "integer" }],
  });
  const { body: _, ...get } = { ...search };

  const call = async (url: string, headers: Record<string, string> = {}) => {
    const { app } = appOf({ ...get });
    return app.request(url, { headers });
  };

  test("become what their contract says", async () => {
    const response = await call("/things/12?tag=a&tag=b%20c&all=true", { "x-depth": "3" });
    expect(await response.json()).toEqual({
      path: { size: 12 },
      query: { tag: ["a", "b c"], min: 0.5, all: true },
      header: { "x-depth": 3 },
    });
  });

  test("that are left out are absent or their default", async () => {
    expect(await (await call("/things/1")).json()).toEqual({ path: { size: 1 }, query: { min: 0.5 }, header: {} });
  });

  test.each(["1e3", "0x10", " 1", "01", "", "Infinity", "1_000"])(
    "that read %j stay text for the guard",
    async (text) => {
      const response = await call(`/things/1?min=${encodeURIComponent(text)}`);
      expect(await response.json()).toMatchObject({ query: { min: text } });
    },
  );

  test("that nobody declared, or repeats of one, are problems of their own", async () => {
    const response = await call("/things/1?min=1&min=2&colour=red&__proto__=1&constructor=2");
    expect(response.status).toBe(400);
    expect((await problemOf(response)).violations?.map(({ field, rule }) => `${field} ${rule}`)).toEqual([
      "/query/colour additionalProperties",
      "/query/__proto__ additionalProperties",
      "/query/constructor additionalProperties",
      "/query/min maxItems",
    ]);
  });
});

describe("violations", () => {
  const violationsOf = async (...found: Parameters<typeof guard>[0] extends (v: unknown) => infer R ? [R] : never) => {
    const { post } = appOf(things({ request: guard(() => found[0]) }));
    return (await problemOf(await post("{}"))).violations;
  };

  test("name the member that is missing, unknown or misnamed", async () => {
    const violations = await violationsOf([
      { instancePath: "/body", keyword: "required", params: { missingProperty: "a/b" } },
      { instancePath: "/body/x", keyword: "additionalProperties", params: { additionalProperty: "c~d" } },
      { instancePath: "/body/y", keyword: "propertyNames", params: { propertyName: "e" } },
    ]);
    expect(violations).toEqual([
      { field: "/body/a~1b", rule: "required", message: "is required" },
      { field: "/body/x/c~0d", rule: "additionalProperties", message: "is not a known member" },
      { field: "/body/y/e", rule: "propertyNames", message: "is not a valid name" },
    ]);
  });

  test("name what is allowed", async () => {
    const violations = await violationsOf([
      { instancePath: "/body/a", keyword: "enum", params: { allowedValues: ["A", "B"] } },
      { instancePath: "/body/b", keyword: "const", params: { allowedValue: 7 } },
      { instancePath: "/body/c", keyword: "maximum", message: "must be <= 5" },
    ]);
    expect(violations?.map(({ message }) => message)).toEqual(["must be one of A, B", "must be 7", "must be <= 5"]);
  });

  test("of one text are told once, by the most telling rule", async () => {
    const violations = await violationsOf([
      { instancePath: "/body/a", keyword: "minLength" },
      { instancePath: "/body/a", keyword: "format" },
      { instancePath: "/body/a", keyword: "pattern" },
      { instancePath: "/body/b", keyword: "minLength" },
    ]);
    expect(violations?.map(({ field, rule }) => `${field} ${rule}`)).toEqual(["/body/a pattern", "/body/b minLength"]);
  });

  test("leave out conditions and what only explains another", async () => {
    const violations = await violationsOf([
      { instancePath: "/body", keyword: "if" },
      { instancePath: "/body", keyword: "pattern", propertyName: "A" },
      {
        instancePath: "/body",
        keyword: "gantryContradiction",
        params: { rule: "oneOf" },
        message: "must have exactly one of a, b",
      },
    ]);
    expect(violations).toEqual([{ field: "/body", rule: "oneOf", message: "must have exactly one of a, b" }]);
  });

  test("are at most 100 of at most 512 and 1000 characters", async () => {
    const many = Array.from({ length: 150 }, (_, index) => ({
      instancePath: `/body/${index}/${"x".repeat(2000)}`,
      keyword: "maximum",
      message: "y".repeat(5000),
    }));
    const violations = (await violationsOf(many)) ?? [];
    expect(violations).toHaveLength(100);
    expect(Math.max(...violations.map(({ field }) => field.length))).toBe(512);
    expect(Math.max(...violations.map(({ message }) => message.length))).toBe(1000);
  });

  test("of data nested beyond the stack are one", async () => {
    const request = guard(() => {
      throw new RangeError("Maximum call stack size exceeded");
    });
    const { post } = appOf(things({ request }));
    expect((await problemOf(await post("{}"))).violations).toEqual([
      { field: "/body", rule: "depth", message: "must not be nested that deeply" },
    ]);
  });
});

describe("answers", () => {
  const leaky = guard<unknown>(() => [
    { instancePath: "/body", keyword: "additionalProperties", params: { additionalProperty: "password" } },
  ]);
  const wrong = guard<unknown>(() => [{ instancePath: "/body/price", keyword: "minimum" }]);

  const answering = (spec: object, answer: object = { status: 200, body: { price: -1 } }) =>
    things({ answers: { 200: { ...json, ...spec }, ...problems }, handle: () => answer as never });

  test("that break the contract are a constant 500 in strict mode", async () => {
    const { post, lines } = appOf(answering({ guard: wrong }));
    const response = await post("{}");
    expect(response.status).toBe(500);
    expect(await problemOf(response)).toMatchObject({ code: "INTERNAL", message: "Something went wrong on our side." });
    expect(JSON.stringify(lines)).toContain("/body/price");
  });

  test("that break the contract are reported and sent in report mode", async () => {
    const { post, lines } = appOf(answering({ guard: wrong }), "report");
    const response = await post("{}");
    expect(await response.json()).toEqual({ price: -1 });
    expect(lines).toMatchObject([{ level: "warn", operation: "makeThing", violations: [{ field: "/body/price" }] }]);
  });

  test.each([
    ["an undeclared member", answering({ guard: leaky })],
    ["an undeclared status", answering({}, { status: 418, body: {} })],
    ["a status that every object has", answering({}, { status: "constructor", body: {} })],
    ["a bigint", answering({}, { status: 200, body: { price: 1n } })],
    ["nothing where a body belongs", answering({}, { status: 200 })],
    [
      "a line break in a header",
      answering({ headers: ["Location"] }, { status: 200, body: {}, headers: { Location: "/a\r\nSet-Cookie: b" } }),
    ],
  ])("with %s are a constant 500 in report mode too", async (_, operation) => {
    const { post } = appOf(operation, "report");
    const response = await post("{}");
    expect(response.status).toBe(500);
    expect(await problemOf(response)).toMatchObject({ code: "INTERNAL" });
  });

  test("carry the headers that the contract names and no others", async () => {
    const { post } = appOf(
      answering(
        { headers: ["Location", "Retry-After"] },
        { status: 200, body: {}, headers: { Location: "/a", "Retry-After": 3, Server: "x" } },
      ),
    );
    const { headers } = await post("{}");
    expect(Object.fromEntries(headers)).toEqual({
      "content-type": "application/json",
      location: "/a",
      "retry-after": "3",
    });
  });

  test("without a body have none, and no type", async () => {
    const { post } = appOf(
      things({ answers: { 204: { guard: anything() }, ...problems }, handle: () => ({ status: 204 }) }),
    );
    const response = await post("{}");
    expect(response.status).toBe(204);
    expect(response.headers.get("content-type")).toBeNull();
    expect(await response.text()).toBe("");
  });
});

describe("what a handler throws", () => {
  const throwing = (error: unknown, answers: object = {}) =>
    things({
      answers: { 200: json, ...problems, ...answers },
      handle: () => {
        throw error;
      },
    });
  const gone = new AppError({
    kind: "not_found",
    reason: "THING_GONE",
    message: "There is no such thing.",
    details: { id: "7" },
  });

  test("becomes the problem of its kind", async () => {
    const { post, lines } = appOf(throwing(gone, { 404: problems[400] }));
    const response = await post("{}");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await problemOf(response)).toMatchObject({
      type: "urn:gantry:things:thing-gone",
      title: "Not Found",
      status: 404,
      code: "THING_GONE",
      message: "There is no such thing.",
      details: { id: "7" },
    });
    expect(lines).toEqual([]);
  });

  test("is a constant 500 and an error line where the contract does not know its status", async () => {
    const { post, lines } = appOf(throwing(gone));
    const response = await post("{}");
    expect(response.status).toBe(500);
    const problem = await problemOf(response);
    expect(JSON.stringify(problem)).not.toContain("THING_GONE");
    expect(lines).toMatchObject([{ level: "error", operation: "makeThing", trace_id: problem.trace_id }]);
  });

  test("tells nothing when it is no AppError, and the log everything", async () => {
    const { post, lines } = appOf(throwing(new Error("password=hunter2 at 10.0.0.7")));
    const text = await (await post("{}")).text();
    expect(text).not.toContain("hunter2");
    expect(JSON.stringify(lines)).toContain("hunter2");
  });

  test("is told with Retry-After where the contract has that header", async () => {
    const busy = new AppError({ kind: "unavailable", reason: "BUSY", message: "Busy.", retryAfterSec: 7 });
    const { post } = appOf(throwing(busy, { 503: problems[400] }));
    const response = await post("{}");
    expect(response.headers.get("retry-after")).toBe("7");
    const { post: without } = appOf(
      throwing(busy, { 503: { guard: anything(), mediaType: "application/problem+json" } }),
    );
    expect((await without("{}")).headers.get("retry-after")).toBeNull();
  });

  test.each([[undefined], [null], ["text"], [{ message: "x" }]])("may even be %j", async (thrown) => {
    const { post } = appOf(throwing(thrown));
    expect((await post("{}")).status).toBe(500);
  });
});

describe("a rate", () => {
  const rate = { perSecond: 1, burst: 1, per: "USER" } as const;
  const limited = things({
    policy: policy({ auth: "SESSION", rate }),
    answers: { 200: json, ...problems, 429: problems[400] },
  });
  const send = (rateLimits: boolean) => {
    const { logger } = readableLog();
    const app = createContractApp(contract(limited), { logger, verifier, rateLimits });
    const headers = { "content-type": "application/json", "x-gantry-identity": userToken };
    return () => app.request("/things", { method: "POST", body: "{}", headers });
  };

  test("is kept where the process is told to", async () => {
    const post = send(true);
    expect((await post()).status).toBe(200);
    const response = await post();
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("1");
    expect((await problemOf(response)).code).toBe("RATE_LIMITED");
  });

  test("is the gateway's otherwise", async () => {
    const post = send(false);
    await post();
    expect((await post()).status).toBe(200);
  });
});

describe("the deadline", () => {
  test("aborts the handler's signal and answers 504, whatever the handler does after", async () => {
    const ended = Promise.withResolvers<void>();
    const { post, lines } = appOf(
      things({
        policy: policy({ deadlineMs: 20 }),
        handle: async (_, { signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          ended.resolve();
          throw signal.reason;
        },
      }),
    );
    const response = await post("{}");
    expect(response.status).toBe(504);
    expect(await problemOf(response)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await ended.promise;
    await expect.poll(() => lines.map(({ message }) => message)).toContain("a handler ended after its deadline");
  });

  test("is told to a signal that is first looked at too late", async () => {
    const seen = Promise.withResolvers<boolean>();
    const answered = Promise.withResolvers<void>();
    const { post } = appOf(
      things({
        policy: policy({ deadlineMs: 20 }),
        handle: async (_, call) => {
          await answered.promise;
          seen.resolve(call.signal.aborted);
          return { status: 200, body: {} };
        },
      }),
    );
    await post("{}");
    answered.resolve();
    expect(await seen.promise).toBe(true);
  });

  test("leaves a handler alone that is in time", async () => {
    const { post } = appOf(
      things({ handle: async (_, call) => ({ status: 200, body: { aborted: call.signal.aborted } }) }),
    );
    expect(await (await post("{}")).json()).toEqual({ aborted: false });
  });
});

describe("paths and methods", () => {
  const { app } = appOf(things());

  test("that do not exist are a 404 problem", async () => {
    const response = await app.request("/nothing");
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ code: "NOT_FOUND", type: "urn:gantry:things:not-found" });
  });

  test("that do not fit are a 405 problem that says what does", async () => {
    const response = await app.request("/things", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect((await problemOf(response)).code).toBe("METHOD_NOT_ALLOWED");
  });
});
