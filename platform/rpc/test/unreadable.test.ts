import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EchoServer, startEcho } from "./fixture.ts";

const SECRET = "hunter2";
const METHOD = "/fixture.v1.EchoService/Write";

let server: EchoServer;
beforeAll(async () => {
  server = await startEcho();
});
afterAll(() => server.stop());

const post = (body: string | Uint8Array<ArrayBuffer>, type: string, method = METHOD) =>
  fetch(server.url + method, { method: "POST", headers: { "content-type": type }, body });

const unreadable: readonly (readonly [what: string, json: string])[] = [
  ["a value of another type", `{"text":["${SECRET}"]}`],
  ["a bare word", SECRET],
  ["an object in the place of a text", `{"text":{"${SECRET}":1}}`],
  ["a word that ends too soon", `{"text":"${SECRET}`],
  ["a text in the place of a message", `"${SECRET}"`],
];

/** A gRPC message around some bytes. */
function framed(json: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(json);
  const frame = new Uint8Array(5 + bytes.length);
  new DataView(frame.buffer).setUint32(1, bytes.length);
  frame.set(bytes, 5);
  return frame;
}

describe("an answer does not quote a request that cannot be read:", () => {
  test.each(unreadable)("%s, by Connect", async (_, json) => {
    const response = await post(json, "application/json");
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ code: "invalid_argument" });
    expect(text).toContain("fixture.v1.SayRequest");
    expect(text).not.toContain(SECRET);
  });

  test.each(unreadable)("%s, by gRPC-Web", async (_, json) => {
    const response = await post(framed(json), "application/grpc-web+json");
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain(`grpc-status: ${Code.InvalidArgument}\r\n`);
    expect(text).toContain("fixture.v1.SayRequest");
    expect(text).not.toContain(SECRET);
  });

  test.each(unreadable)("%s, in a stream", async (_, json) => {
    const text = await (await post(framed(json), "application/connect+json", "/fixture.v1.EchoService/Join")).text();
    expect(text).toContain("invalid_argument");
    expect(text).toContain("fixture.v1.");
    expect(text).not.toContain(SECRET);
  });
});

test("bytes that are no message are the caller's fault", async () => {
  const notUtf8 = await post(Uint8Array.of(0x0a, 0x02, 0xff, 0xfe), "application/proto");
  expect(notUtf8.status).toBe(400);
  expect(await notUtf8.json()).toMatchObject({ code: "invalid_argument" });
});

test("what else Connect says of a request stays as it is", async () => {
  const response = await fetch(server.url + METHOD, {
    method: "POST",
    headers: { "content-type": "application/json", "connect-timeout-ms": "soon" },
    body: "{}",
  });
  expect(await response.json()).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("soon") });
});
