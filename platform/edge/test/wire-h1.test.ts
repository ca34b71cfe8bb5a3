import { once } from "node:events";
import { eventually } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { aGateway, aLog, aWebService, oneSession, TOKEN, talk, USER, webRoute } from "./fixture.ts";

const MIB = 1024 * 1024;

test("100 Continue comes after the check, and not to somebody without a session", async () => {
  const checked = Promise.withResolvers<void>();
  const { url } = await aWebService((request, response) => void request.resume().on("end", () => response.end("done")));
  const gateway = await aGateway({
    routes: [webRoute({ auth: "SESSION" })],
    upstreams: { web: { url, speaks: "http" } },
    sessionCheck: async (question) => {
      await checked.promise;
      return oneSession(question);
    },
  });
  const head = "POST /things HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n";
  const stranger = talk(gateway.url, `${head}\r\n`);
  await eventually(() => expect(stranger.heard()).toMatch(/^HTTP\/1.1 401/));
  const person = talk(gateway.url, `${head}session-uuid: ${TOKEN}\r\n\r\n`);
  expect(person.heard()).toBe("");
  checked.resolve();
  await eventually(() => expect(person.heard()).toMatch(/^HTTP\/1.1 100/));
  person.socket.write("ok");
  await eventually(() => expect(person.heard()).toMatch(/HTTP\/1.1 200[\s\S]*done/));
});

test("an answer that comes before the end of the body is heard in full, by everybody who still sends", async () => {
  const { url } = await aWebService((request) => void request.resume());
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } }, limits: { maxBodyBytes: MIB } });
  const told = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const length = index % 2 === 0 ? `content-length: ${3 * MIB}` : "transfer-encoding: chunked";
      const { socket, heard, closed } = talk(gateway.url, `POST /things HTTP/1.1\r\nhost: x\r\n${length}\r\n\r\n`);
      const part =
        index % 2 === 0 ? Buffer.alloc(3 * MIB) : Buffer.concat([Buffer.from("300000\r\n"), Buffer.alloc(3 * MIB)]);
      socket.write(part);
      await eventually(() => expect(heard()).toMatch(/BODY_TOO_LARGE/));
      socket.destroy();
      await closed;
      return heard().slice(0, 12);
    }),
  );
  expect(new Set(told)).toEqual(new Set(["HTTP/1.1 413"]));
});

test("a service that answers early has its answer told, and the connection to it is not kept half-used", async () => {
  const { url, server } = await aWebService((_request, response) => response.end("enough"));
  const sockets = new Set<unknown>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
  const { heard, socket } = talk(gateway.url, "POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf");
  await eventually(() => expect(heard()).toMatch(/200 OK[\s\S]*enough/));
  await eventually(() => expect(sockets.size).toBe(0));
  socket.destroy();
});

test("a client that does not read makes the service wait, not the gateway remember", async () => {
  let written = 0;
  const { url } = await aWebService((_request, response) => {
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (written < 200 * MIB && !response.destroyed) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
    };
    response.writeHead(200);
    more();
  });
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
  const { socket } = talk(gateway.url, "");
  socket.pause();
  socket.write("GET /things HTTP/1.1\r\nhost: x\r\n\r\n");
  let seen = -1;
  await eventually(() => {
    const before = seen;
    seen = written;
    expect(written).toBeGreaterThan(0);
    expect(written).toBe(before);
  });
  expect(written).toBeLessThan(30 * MIB);
});

test("a service that does not read makes the client wait", async () => {
  const { url } = await aWebService(() => {});
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } }, limits: { maxBodyBytes: 500 * MIB } });
  const { socket } = talk(gateway.url, `POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: ${400 * MIB}\r\n\r\n`);
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  const more = (): void => {
    while (written < 300 * MIB) {
      written += chunk.length;
      if (!socket.write(chunk)) return void socket.once("drain", more);
    }
  };
  more();
  let seen = -1;
  await eventually(() => {
    const before = seen;
    seen = written;
    expect(written).toBe(before);
  });
  expect(written).toBeLessThan(30 * MIB);
});

test.each(["", "x/y", "x y", "user@x", "x?y", "x#y"])("a host %j is refused", async (host) => {
  const gateway = await aGateway({ upstreams: { web: { url: "http://127.0.0.1:1", speaks: "http" } } });
  const { heard } = talk(gateway.url, `GET /things HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await eventually(() => expect(heard()).toMatch(/^HTTP\/1.1 400[\s\S]*HEADER_REFUSED/));
});

test.each(["gzip, chunked", "chunked, chunked", "gzip", "identity"])(
  "a body in the coding %j reaches nobody",
  async (coding) => {
    let reached = 0;
    const { url } = await aWebService((_request, response) => {
      reached += 1;
      response.end();
    });
    const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
    const request = `POST /things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: ${coding}\r\n\r\n0\r\n\r\n`;
    const { heard, closed } = talk(gateway.url, request);
    await closed;
    expect(heard()).toMatch(/^(HTTP\/1.1 400|$)/);
    expect(reached).toBe(0);
  },
);

describe("a service that is not there", () => {
  test("is told in the client's own words, and found again when it is back", async () => {
    const { url, server } = await aWebService((_request, response) => response.end("back"));
    server.close();
    await once(server, "close");
    const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
    const told = await fetch(`${gateway.url}/things`);
    expect([told.status, told.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await told.json()).toMatchObject({ code: "UPSTREAM_UNAVAILABLE" });
    server.listen(Number(new URL(url).port), "127.0.0.1");
    await once(server, "listening");
    expect(await (await fetch(`${gateway.url}/things`)).text()).toBe("back");
  });

  test("any more on a connection that was idle: what has no side effects is asked again, and nothing else", async () => {
    let count = 0;
    const { url } = await aWebService((request, response) => {
      count += 1;
      if (count % 2 === 0) request.socket.resetAndDestroy();
      else request.resume().on("end", () => response.end("served"));
    });
    const routes = [
      webRoute({ methods: ["GET"], idempotency: "NO_SIDE_EFFECTS" }),
      webRoute({ methods: ["POST"], idempotency: "KEYED" }),
    ];
    const gateway = await aGateway({ routes, upstreams: { web: { url, speaks: "http" } } });
    const get = () => fetch(`${gateway.url}/things`).then(({ status }) => status);
    const post = () => fetch(`${gateway.url}/things`, { method: "POST", body: "x" }).then(({ status }) => status);
    expect([await get(), await get()]).toEqual([200, 200]);
    expect(count).toBe(3);
    expect([await post(), count]).toEqual([503, 4]);
  });
});

test("a deadline ends what never answers, in bounded time, and the service hears of it", async () => {
  const gone = Promise.withResolvers<void>();
  const { url } = await aWebService((_request, response) => void response.on("close", gone.resolve));
  const gateway = await aGateway({
    routes: [webRoute({ deadlineMs: 50 })],
    upstreams: { web: { url, speaks: "http" } },
  });
  const told = await fetch(`${gateway.url}/things`);
  expect(told.status).toBe(504);
  expect(await told.json()).toMatchObject({ code: "UPSTREAM_TIMEOUT" });
  await gone.promise;
});

test("a stream that falls silent is cut, not completed", async () => {
  const { url } = await aWebService((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  });
  const gateway = await aGateway({
    routes: [webRoute({ streaming: "server_stream" })],
    upstreams: { web: { url, speaks: "http" } },
    limits: { streamIdleMs: 100 },
  });
  const { heard, closed } = talk(gateway.url, "GET /things HTTP/1.1\r\nhost: x\r\n\r\n");
  await closed;
  expect(heard()).toMatch(/data: 1/);
  expect(heard()).not.toMatch(/\r\n0\r\n\r\n$/);
});

test("events outlive the deadline of an operation that nobody declared a stream", async () => {
  const { url } = await aWebService((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" }).write("data: 1\n\n");
    setTimeout(() => response.end("data: 2\n\n"), 600);
  });
  const gateway = await aGateway({
    routes: [webRoute({ deadlineMs: 50 })],
    upstreams: { web: { url, speaks: "http" } },
  });
  expect(await (await fetch(`${gateway.url}/things`)).text()).toBe("data: 1\n\ndata: 2\n\n");
});

test("what a service says of itself and of browsers stays inside; repeats and trailers go on", async () => {
  const { url } = await aWebService((_request, response) => {
    response.writeHead(200, [
      ...["x-gantry-identity", "a.b.c", "access-control-allow-origin", "*", "connection", "x-hop", "x-hop", "1"],
      ...["set-cookie", "a=1", "set-cookie", "b=2", "trailer", "x-sum"],
    ]);
    response.write("body");
    response.addTrailers([["x-sum", "4"]]);
    response.end();
  });
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
  const { heard } = talk(gateway.url, "GET /things HTTP/1.1\r\nhost: x\r\n\r\n");
  await eventually(() => expect(heard()).toMatch(/x-sum: 4\r\n\r\n$/));
  expect(heard()).toMatch(/set-cookie: a=1\r\nset-cookie: b=2/);
  expect(heard()).not.toMatch(/x-gantry|access-control|x-hop: 1/);
});

test("a drain lets what runs finish, ends events, and answers what it cuts", async () => {
  const { url } = await aWebService((request, response) => {
    if (request.url === "/events")
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    else if (request.url === "/slow") setTimeout(() => response.end("finished"), 300);
  });
  const gateway = await aGateway({
    routes: ["/events", "/slow", "/never"].map((path) => webRoute({ path, deadlineMs: 60_000 })),
    upstreams: { web: { url, speaks: "http" } },
    limits: { drainMs: 600 },
  });
  const [events, slow, never] = ["/events", "/slow", "/never"].map((path) =>
    talk(gateway.url, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`),
  );
  await eventually(() => expect(events?.heard()).toMatch(/data: 1/));
  await gateway.stop();
  await Promise.all([events?.closed, slow?.closed, never?.closed]);
  expect(events?.heard()).toMatch(/\r\n0\r\n\r\n$/);
  expect(slow?.heard()).toMatch(/connection: close[\s\S]*finished/i);
  expect(never?.heard()).toMatch(/^HTTP\/1.1 503[\s\S]*UPSTREAM_UNAVAILABLE/);
});

test("a line in the log says what happened by route, and nothing that the client made up or must keep", async () => {
  const { logger, lines } = aLog();
  const { url } = await aWebService((_request, response) => response.end());
  const gateway = await aGateway({
    routes: [webRoute({ path: "/things/{thing}", auth: "SESSION" })],
    upstreams: { web: { url, speaks: "http" } },
    logger,
  });
  await fetch(`${gateway.url}/things/secret-path?secret=query`, {
    headers: { authorization: `Bearer ${TOKEN}`, "x-request-id": "sane-1" },
  });
  await fetch(`${gateway.url}/secret-path`, { headers: { "x-request-id": "{not sane}" } });
  await eventually(() => expect(lines.filter(({ message }) => message === "request")).toHaveLength(2));
  expect(lines).toMatchObject([
    { method: "GET", route: "/things/{thing}", status: 200, user: USER, request_id: "sane-1" },
    { method: "GET", status: 404, code: "ROUTE_NOT_FOUND", request_id: expect.stringMatching(/^[\da-f-]{36}$/) },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/secret|a-session|signed\.by|not sane/);
});
