import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { describe, expect, onTestFinished, test } from "vitest";
import { cachedSessionCheck, createHttpSessionCheck, type SessionCheck } from "../src/index.ts";
import { aGateway, aWebService, TOKEN, talk, USER, webRoute } from "./fixture.ts";

const JWT = "head.body.signature";
const good = { "x-gantry-identity": JWT, "x-gantry-user": USER };

/** A check against an IAM that does what it is told. */
async function asking(handle: RequestListener): Promise<(token?: string) => ReturnType<SessionCheck>> {
  const { url } = await aWebService(handle);
  const { check } = createHttpSessionCheck({
    url,
    path: "/iam/CheckSession",
    body: (token) => `{"sessionToken":"${token}"}`,
    identity: () => "the.gateways.own",
  });
  return (token = TOKEN) => check({ token, signal: AbortSignal.timeout(5_000) });
}

const connectError = (reason: string): string => {
  const value = Buffer.from(toBinary(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain: "iam" })));
  const details = [{ type: "google.rpc.ErrorInfo", value: value.toString("base64").replace(/=+$/, "") }];
  return JSON.stringify({ code: "unauthenticated", message: "no", details });
};

const answer =
  (status: number, headers: Record<string, string | string[]>, body = "{}"): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

describe("IAM is asked", () => {
  test("with the token, by the gateway's own identity, and its word is a session", async () => {
    let asked = "";
    const ask = await asking(async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      asked = `${request.method} ${request.url} ${request.headers["x-gantry-identity"]} ${body}`;
      response.writeHead(200, good).end("{}");
    });
    expect(await ask()).toEqual({ identity: JWT, userUuid: USER });
    expect(asked).toBe(`POST /iam/CheckSession the.gateways.own {"sessionToken":"${TOKEN}"}`);
  });

  test("and says that there is no such session", async () => {
    const ask = await asking(answer(401, { "content-type": "application/json" }, connectError("SESSION_INVALID")));
    expect(await ask()).toBe("invalid");
  });

  test("again when it closed the idle connection that was taken", async () => {
    let count = 0;
    const ask = await asking((request, response) => {
      count += 1;
      if (count === 2) request.socket.resetAndDestroy();
      else response.writeHead(200, good).end("{}");
    });
    await ask();
    expect(await ask()).toMatchObject({ userUuid: USER });
    expect(count).toBe(3);
  });
});

describe("the connections to IAM", () => {
  const userOf = (token: string) => `0198c0de-0000-7000-8000-${token.slice(-12)}`;
  const tokenOf = (index: number) => `a-session-${String(index).padStart(12, "0")}`;
  /** Answers with the user that the token names, when it is told to. */
  const iam = async (ready: (token: string) => Promise<unknown>) => {
    const { url, server } = await aWebService(async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      const { sessionToken } = JSON.parse(body);
      await ready(sessionToken);
      response.writeHead(200, { ...good, "x-gantry-user": userOf(sessionToken) }).end("{}");
    });
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const session = createHttpSessionCheck({
      url,
      path: "/",
      body: (token) => `{"sessionToken":"${token}"}`,
      identity: () => "a.b.c",
    });
    onTestFinished(() => session.close());
    return { check: session.check, connections: () => connections };
  };
  const never = new AbortController().signal;

  test("are used again, and each answer is that of its question", async () => {
    const { check, connections } = await iam(async () => {});
    for (let index = 0; index < 5; index++) {
      const token = tokenOf(index);
      expect(await check({ token, signal: never })).toMatchObject({ userUuid: userOf(token) });
    }
    expect(connections()).toBe(1);
  });

  test("are not without number: what is too much waits for its turn", async () => {
    let held = 0;
    const full = Promise.withResolvers<void>();
    const { check, connections } = await iam(() => {
      held += 1;
      if (held === 256) full.resolve();
      return full.promise;
    });
    const tokens = Array.from({ length: 300 }, (_, index) => tokenOf(index));
    const verdicts = await Promise.all(tokens.map((token) => check({ token, signal: never })));
    expect(verdicts).toMatchObject(tokens.map((token) => ({ userUuid: userOf(token) })));
    expect(connections()).toBe(256);
  });

  test("end with a question that was given up: its late answer is nobody else's", async () => {
    const release = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<void>();
    const { check, connections } = await iam((token) => {
      heard.resolve();
      return token === tokenOf(1) ? release.promise : Promise.resolve();
    });
    const over = new AbortController();
    const first = check({ token: tokenOf(1), signal: over.signal });
    await heard.promise;
    over.abort();
    await expect(first).rejects.toThrow();
    const second = check({ token: tokenOf(2), signal: never });
    release.resolve();
    expect(await second).toMatchObject({ userUuid: userOf(tokenOf(2)) });
    expect(connections()).toBe(2);
  });
});

describe("IAM has not answered", () => {
  const cut = (response: ServerResponse) => {
    response.writeHead(200, { ...good, "content-length": "100" }).write("{");
    response.destroy();
  };
  test.each<[string, RequestListener]>([
    ["when it is about the gateway's own identity", answer(401, {}, connectError("IDENTITY_INVALID"))],
    ["with a 401 without a reason", answer(401, {}, "{}")],
    ["with a 401 that is no JSON", answer(401, {}, "<html>")],
    ["with another 2xx", answer(204, good)],
    ["with a redirect", answer(302, { ...good, location: "/" })],
    ["with an error", answer(500, good)],
    ["without headers", answer(200, {}, JSON.stringify({ identity: JWT, userUuid: USER }))],
    ["without an identity", answer(200, { "x-gantry-user": USER })],
    ["without a user", answer(200, { "x-gantry-identity": JWT })],
    ["with two identities", answer(200, { ...good, "x-gantry-identity": [JWT, JWT] })],
    ["with two users", answer(200, { ...good, "x-gantry-user": [USER, USER] })],
    ["with an identity that is none", answer(200, { ...good, "x-gantry-identity": "garbage" })],
    ["with an identity that is too long", answer(200, { ...good, "x-gantry-identity": `a.${"b".repeat(2_048)}.c` })],
    ["with a user that is none", answer(200, { ...good, "x-gantry-user": "root" })],
    ["with too much", answer(200, good, "x".repeat(100_000))],
    ["with half an answer", (_request, response) => cut(response)],
    ["at all", (request) => request.socket.destroy()],
  ])("%s", async (_, handle) => {
    const ask = await asking(handle);
    await expect(ask()).rejects.toThrow();
  });

  test("when the question is over", async () => {
    const { url } = await aWebService(() => {});
    const { check } = createHttpSessionCheck({ url, path: "/", body: () => "{}", identity: () => "a.b.c" });
    await expect(check({ token: TOKEN, signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });
});

describe("a cache", () => {
  const counting = (answers: readonly (typeof session | "invalid" | Error)[]) => {
    let asked = 0;
    const check: SessionCheck = async () => {
      const told = answers[Math.min(asked++, answers.length - 1)] ?? "invalid";
      if (told instanceof Error) throw told;
      return told;
    };
    return { check, asked: () => asked };
  };
  const session = { identity: JWT, userUuid: USER };
  const question = { token: TOKEN, signal: new AbortController().signal };

  test("keeps a session for its time, each its own", async () => {
    const { check, asked } = counting([session]);
    const cached = cachedSessionCheck(check, 5_000);
    await cached(question);
    expect(await cached(question)).toEqual(session);
    await cached({ ...question, token: `${TOKEN}-2` });
    expect(asked()).toBe(2);
  });

  test("keeps no refusal and no failure", async () => {
    const { check, asked } = counting(["invalid", new Error("down"), session]);
    const cached = cachedSessionCheck(check, 5_000);
    expect(await cached(question)).toBe("invalid");
    await expect(cached(question)).rejects.toThrow("down");
    expect(await cached(question)).toEqual(session);
    expect(asked()).toBe(3);
  });

  test("keeps nothing beyond its time", async () => {
    const { check, asked } = counting([session, "invalid"]);
    const cached = cachedSessionCheck(check, 1);
    await cached(question);
    const startedMs = performance.now();
    while (performance.now() - startedMs < 2) await new Promise(setImmediate);
    expect(await cached(question)).toBe("invalid");
    expect(asked()).toBe(2);
  });

  test.each([0, 5_001, Number.NaN])("is not made for %s ms", (ms) => {
    expect(() => cachedSessionCheck(async () => "invalid", ms)).toThrow(RangeError);
  });
});

describe("the door stays shut", () => {
  const limits = { sessionTimeoutMs: 100 };
  const routes = [webRoute({ auth: "SESSION" })];
  const ask = (url: string) => fetch(`${url}/things`, { headers: { authorization: `Bearer ${TOKEN}` } });

  test.each<[string, SessionCheck]>([
    ["never answers, and ignores that it is over", () => new Promise(() => {})],
    ["fails", () => Promise.reject(new Error("down"))],
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
  ])("while the check %s", async (_, sessionCheck) => {
    const { url, server } = await aWebService((_request, response) => response.end("open"));
    let reached = 0;
    server.on("request", () => (reached += 1));
    const gateway = await aGateway({ routes, upstreams: { web: { url, speaks: "http" } }, sessionCheck, limits });
    const told = await ask(gateway.url);
    expect([told.status, told.headers.get("retry-after"), reached]).toEqual([503, "1", 0]);
    expect(await told.json()).toMatchObject({ code: "SESSION_CHECK_UNAVAILABLE" });
  });

  test("for a session that IAM does not know", async () => {
    const { url } = await aWebService((_request, response) => response.end("open"));
    const upstreams = { web: { url, speaks: "http" } } as const;
    const gateway = await aGateway({ routes, upstreams, sessionCheck: async () => "invalid" });
    const told = await ask(gateway.url);
    expect([told.status, await told.json()]).toMatchObject([401, { code: "SESSION_INVALID" }]);
  });

  test("and the check is told when its client has gone", async () => {
    const gone = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const sessionCheck: SessionCheck = ({ signal }) => {
      asked.resolve();
      return once(signal, "abort").then(() => {
        gone.resolve();
        throw new Error("gone");
      });
    };
    const { url } = await aWebService(() => {});
    const gateway = await aGateway({
      routes,
      upstreams: { web: { url, speaks: "http" } },
      sessionCheck,
      limits: { sessionTimeoutMs: 30_000 },
    });
    const { socket } = talk(gateway.url, `GET /things HTTP/1.1\r\nhost: x\r\nsession-uuid: ${TOKEN}\r\n\r\n`);
    await asked.promise;
    socket.destroy();
    await gone.promise;
  });
});
