import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type ServerHttp2Stream,
} from "node:http2";
import { eventually } from "@gantry/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { aGateway, anRpcService, aWebService, oneSession, rpcRoute, TOKEN, webRoute } from "./fixture.ts";

/** A client over h2 for one test. */
function aClient(url: string): ClientHttp2Session {
  const session = connect(url);
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Whether it was the whole answer. */
  readonly isWhole: boolean;
}

async function told(stream: ClientHttp2Stream): Promise<Told> {
  let text = "";
  let headers: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  stream.on("response", (fields) => (headers = { ...fields }));
  stream.on("trailers", (fields) => (trailers = { ...fields }));
  stream.on("data", (chunk) => (text += chunk)).on("error", () => {});
  await new Promise((resolve) => stream.once("close", resolve));
  const isWhole = stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted;
  return { status: Number(headers[":status"] ?? 0), headers, trailers, text, isWhole };
}

const call = (session: ClientHttp2Session, path = "/t.v1.S/Do", headers: Record<string, string> = {}) =>
  session.request({ ":method": "POST", ":path": path, "content-type": "application/proto", ...headers });

/** Answers with all that came. */
const echo = (stream: ServerHttp2Stream): void => {
  let text = "";
  stream
    .on("data", (chunk) => (text += chunk))
    .on("end", () => {
      stream.respond({ ":status": 200 });
      stream.end(text);
    });
};

test("a body that ends while the session is checked is an end, and no call that hangs", async () => {
  const { url } = await anRpcService(echo);
  const released = Promise.withResolvers<void>();
  const gateway = await aGateway({
    routes: [rpcRoute({ auth: "SESSION" })],
    upstreams: { rpc: { url, speaks: "rpc" } },
    sessionCheck: async (question) => {
      await released.promise;
      return oneSession(question);
    },
  });
  const stream = call(aClient(gateway.url), "/t.v1.S/Do", { authorization: `Bearer ${TOKEN}` });
  stream.write("");
  stream.end();
  const answer = told(stream);
  await new Promise(setImmediate);
  released.resolve();
  expect(await answer).toMatchObject({ status: 200, text: "", isWhole: true });
});

test("trailers end an answer, with END_STREAM and without a reset", async () => {
  const { url } = await anRpcService((stream) => {
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "x-many": ["a", "b"] }));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.end("message");
  });
  const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
  const stream = call(aClient(gateway.url), "/t.v1.S/Do", { "content-type": "application/grpc", te: "trailers" });
  stream.end();
  expect(await told(stream)).toMatchObject({
    text: "message",
    isWhole: true,
    trailers: { "grpc-status": "0", "x-many": "a, b" },
  });
});

describe("half an answer", () => {
  const half = (kill: (stream: ServerHttp2Stream) => void) =>
    anRpcService((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("half", () => kill(stream));
    });

  test("is cut for a client of Connect", async () => {
    const { url } = await half((stream) => stream.destroy(new Error("cut")));
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const stream = call(aClient(gateway.url));
    stream.end();
    expect(await told(stream)).toMatchObject({ status: 200, isWhole: false });
  });

  test("is cut even if the service says that nothing is wrong, without an end", async () => {
    const { url } = await half((stream) => stream.destroy());
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const stream = call(aClient(gateway.url));
    stream.end();
    expect(await told(stream)).toMatchObject({ status: 200, isWhole: false });
  });

  test("is a status for a client of gRPC, also when the whole connection goes", async () => {
    const { url } = await half((stream) => stream.session?.destroy());
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const stream = call(aClient(gateway.url), "/t.v1.S/Do", { "content-type": "application/grpc" });
    stream.end();
    expect(await told(stream)).toMatchObject({ status: 200, trailers: { "grpc-status": "14" } });
  });

  test("over HTTP/1.1 is one over h2 as well", async () => {
    const { url } = await aWebService((_request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half", () => response.destroy());
    });
    const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
    const stream = aClient(gateway.url).request({ ":path": "/things" });
    expect(await told(stream)).toMatchObject({ status: 200, isWhole: false });
  });
});

describe("half a request is cut for the service", () => {
  test.each([
    ["of a stream that is reset", (stream: ClientHttp2Stream) => stream.destroy(new Error("gone"))],
    ["of a connection that is lost", (stream: ClientHttp2Stream) => stream.session?.destroy()],
  ])("%s", async (_, leave) => {
    const outcome = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const { url } = await anRpcService((stream) => {
      stream.on("aborted", () => outcome.resolve(`cut ${stream.rstCode}`));
      stream.on("end", () =>
        outcome.resolve(stream.rstCode === 0 && !stream.aborted ? "whole" : `cut ${stream.rstCode}`),
      );
      stream.on("data", () => begun.resolve());
    });
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const stream = call(aClient(gateway.url));
    stream.on("error", () => {});
    stream.write("half");
    await begun.promise;
    leave(stream);
    expect(await outcome.promise).toBe(`cut ${constants.NGHTTP2_CANCEL}`);
  });
});

describe("what a service has not begun is asked again", () => {
  test("after GOAWAY upon GOAWAY, with its body", async () => {
    const { url, sessions } = await anRpcService(echo);
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const client = aClient(gateway.url);
    const goaways = setInterval(() => {
      for (const session of sessions) {
        if (session.destroyed || session.closed) continue;
        session.goaway(constants.NGHTTP2_NO_ERROR);
        session.close();
      }
    }, 20);
    const one = async (index: number): Promise<string> => {
      const stream = call(client);
      stream.end(`body ${index}`);
      const { status, text } = await told(stream);
      return status === 200 && text === `body ${index}` ? "fine" : `${status} ${text}`;
    };
    const worker = async (from: number): Promise<string[]> => {
      const results: string[] = [];
      for (let index = from; index < from + 60; index++) results.push(await one(index));
      return results;
    };
    const results = (await Promise.all([0, 100, 200, 300].map(worker))).flat();
    clearInterval(goaways);
    expect(results.filter((result) => result !== "fine")).toEqual([]);
  });

  test("after REFUSED_STREAM, but not for ever", async () => {
    let count = 0;
    const refuse = { times: 1 };
    const { url } = await anRpcService((stream) => {
      count += 1;
      if (count <= refuse.times) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else echo(stream);
    });
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const client = aClient(gateway.url);
    const first = call(client);
    first.end("again");
    expect(await told(first)).toMatchObject({ status: 200, text: "again" });
    refuse.times = Number.POSITIVE_INFINITY;
    count = 0;
    const second = call(client);
    second.end("again");
    expect(await told(second)).toMatchObject({ status: 503 });
    expect(count).toBe(3);
  });

  test("but not what may have begun", async () => {
    let count = 0;
    const { url } = await anRpcService((stream) => {
      count += 1;
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
    const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
    const stream = call(aClient(gateway.url));
    stream.end("x");
    expect(await told(stream)).toMatchObject({ status: 503 });
    expect(count).toBe(1);
  });
});

test("streams that fill a connection do not hold up calls: there is another one", async () => {
  const { url, sessions } = await anRpcService(
    (stream, raw) => {
      if (raw.includes("/t.v1.S/Watch")) stream.respond({ ":status": 200 });
      else echo(stream);
    },
    { maxConcurrentStreams: 2 },
  );
  const gateway = await aGateway({
    routes: [rpcRoute(), rpcRoute({ path: "/t.v1.S/Watch", streaming: "server_stream" })],
    upstreams: { rpc: { url, speaks: "rpc" } },
  });
  const client = aClient(gateway.url);
  for (let index = 0; index < 6; index++) {
    const stream = call(client, "/t.v1.S/Watch").on("error", () => {});
    stream.end();
    await once(stream, "response");
  }
  const stream = call(client);
  stream.end("still served");
  expect(await told(stream)).toMatchObject({ text: "still served" });
  expect(sessions.size).toBe(4);
});

test("a client who is answered early is told to stop, and keeps its connection", async () => {
  const { url } = await anRpcService(echo);
  const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } }, limits: { maxBodyBytes: 1_000 } });
  const client = aClient(gateway.url);
  const stream = call(client);
  stream.write(Buffer.alloc(5_000));
  const answer = await told(stream);
  expect([answer.status, stream.rstCode]).toEqual([429, constants.NGHTTP2_NO_ERROR]);
  expect(JSON.parse(answer.text)).toMatchObject({ code: "resource_exhausted" });
  const next = call(client);
  next.end("next");
  expect(await told(next)).toMatchObject({ text: "next" });
});

test("a service that answers in full while the client still sends is heard in full, however slowly it is read", async () => {
  const closed = Promise.withResolvers<void>();
  const { url } = await anRpcService((stream) => {
    stream.respond({ ":status": 200 });
    stream.end(Buffer.alloc(100 * 1024, "x"), () => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.on("close", closed.resolve);
  });
  const gateway = await aGateway({
    routes: [rpcRoute({ streaming: "client_stream" })],
    upstreams: { rpc: { url, speaks: "rpc" } },
  });
  const stream = call(aClient(gateway.url));
  stream.on("error", () => {}).write("still sending");
  await once(stream, "response");
  await closed.promise;
  const { text } = await told(stream);
  expect([text.length, stream.rstCode]).toEqual([100 * 1024, constants.NGHTTP2_NO_ERROR]);
});

test("100 Continue comes after the check", async () => {
  const { url } = await anRpcService(echo);
  const gateway = await aGateway({
    routes: [rpcRoute({ auth: "SESSION" })],
    upstreams: { rpc: { url, speaks: "rpc" } },
  });
  const client = aClient(gateway.url);
  const stranger = call(client, "/t.v1.S/Do", { expect: "100-continue" });
  const invited: string[] = [];
  stranger.on("continue", () => invited.push("stranger"));
  expect(await told(stranger)).toMatchObject({ status: 401 });
  const person = call(client, "/t.v1.S/Do", { expect: "100-continue", "session-uuid": TOKEN });
  person.on("continue", () => {
    invited.push("person");
    person.end("body");
  });
  expect(await told(person)).toMatchObject({ text: "body" });
  expect(invited).toEqual(["person"]);
});

test("a reader that stops holds up nobody else on its connection", async () => {
  const { url } = await anRpcService((stream, raw) => {
    if (raw.includes("/t.v1.S/Big")) {
      stream.respond({ ":status": 200 });
      stream.end(Buffer.alloc(4 * 1024 * 1024));
    } else echo(stream);
  });
  const gateway = await aGateway({
    routes: [rpcRoute(), rpcRoute({ path: "/t.v1.S/Big" })],
    upstreams: { rpc: { url, speaks: "rpc" } },
  });
  const client = aClient(gateway.url);
  const big = call(client, "/t.v1.S/Big").on("error", () => {});
  big.end();
  await once(big, "response"); // and never read
  const small = call(client);
  small.end("small");
  expect(await told(small)).toMatchObject({ text: "small" });
});

test("a request with an authority and another host is refused", async () => {
  const { url } = await aWebService((_request, response) => response.end());
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } } });
  const stream = aClient(gateway.url).request([
    ":method",
    "GET",
    ":path",
    "/things",
    ":scheme",
    "http",
    ":authority",
    "a",
    "host",
    "b",
  ]);
  expect(await told(stream)).toMatchObject({ status: 400, text: expect.stringContaining("HEADER_REFUSED") });
});

test("a refusal of a HEAD has no body, over h2 too", async () => {
  const gateway = await aGateway({ routes: [webRoute()], upstreams: {} });
  const stream = aClient(gateway.url).request({ ":method": "HEAD", ":path": "/things" });
  expect(await told(stream)).toMatchObject({ status: 404, text: "", isWhole: true });
});

test("a drain says GOAWAY, and what runs is finished", async () => {
  const release = Promise.withResolvers<void>();
  const { url } = await anRpcService(async (stream) => {
    await release.promise;
    echo(stream);
  });
  const gateway = await aGateway({ upstreams: { rpc: { url, speaks: "rpc" } } });
  const client = aClient(gateway.url);
  const stream = call(client);
  stream.end("running");
  await once(client, "remoteSettings");
  await eventually(() => expect(stream.pending).toBe(false));
  const said = once(client, "goaway");
  const stopped = gateway.stop();
  await said;
  release.resolve();
  expect(await told(stream)).toMatchObject({ text: "running", isWhole: true });
  await stopped;
});
