import { expect } from "vitest";
import { exchange, statusesIn } from "../client/raw.ts";
import type { Suite } from "../suite.ts";

const SMUGGLED = "GET /conformance/items HTTP/1.1\r\nHost: x\r\nX: ";

interface Attempt {
  readonly name: string;
  /** Behind `POST /conformance/catalog HTTP/1.1`. */
  readonly fields: readonly string[];
  readonly body?: string;
  readonly line?: string;
  readonly eol?: string;
}

/** Requests that two servers may read differently: the one in front as one, the one behind as two. */
const attempts: readonly Attempt[] = [
  {
    name: "CL and TE",
    fields: ["Host: x", "Content-Length: 6", "Transfer-Encoding: chunked"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "TE and CL",
    fields: ["Host: x", "Transfer-Encoding: chunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  { name: "two CL that differ", fields: ["Host: x", "Content-Length: 0", "Content-Length: 44"], body: SMUGGLED },
  { name: "two CL in one", fields: ["Host: x", "Content-Length: 0, 44"], body: SMUGGLED },
  { name: "CL with a plus", fields: ["Host: x", "Content-Length: +0"], body: SMUGGLED },
  { name: "CL negative", fields: ["Host: x", "Content-Length: -1"], body: SMUGGLED },
  { name: "CL in hex", fields: ["Host: x", "Content-Length: 0x0"], body: SMUGGLED },
  { name: "CL not a number", fields: ["Host: x", "Content-Length: zero"], body: SMUGGLED },
  { name: "TE unknown", fields: ["Host: x", "Transfer-Encoding: xchunked"], body: `0\r\n\r\n${SMUGGLED}` },
  {
    name: "TE chunked twice",
    fields: ["Host: x", "Transfer-Encoding: chunked, chunked"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "TE chunked then identity",
    fields: ["Host: x", "Transfer-Encoding: chunked, identity"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "TE and TE identity",
    fields: ["Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "TE with a space before the colon",
    fields: ["Host: x", "Transfer-Encoding : chunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "TE with a tab",
    fields: ["Host: x", "Transfer-Encoding:\tchunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "TE with a vertical tab",
    fields: ["Host: x", "Transfer-Encoding: \u000bchunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "obs-fold",
    fields: ["Host: x", "X-A: b", " Transfer-Encoding: chunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "folded TE",
    fields: ["Host: x", "Transfer-Encoding:", " chunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  { name: "LF only", fields: ["Host: x", "Content-Length: 0"], body: SMUGGLED, eol: "\n" },
  {
    name: "CR only",
    fields: ["Host: x", "X-A: b\rTransfer-Encoding: chunked", "Content-Length: 6"],
    body: `0\r\n\r\n${SMUGGLED}`,
  },
  { name: "NUL in a header", fields: ["Host: x", "X-A: b\u0000c", "Content-Length: 0"] },
  { name: "two Hosts", fields: ["Host: x", "Host: y", "Content-Length: 0"] },
  { name: "no Host", fields: ["Content-Length: 0"] },
  {
    name: "absolute form",
    fields: ["Host: x", "Content-Length: 0"],
    line: "POST http://y/conformance/catalog HTTP/1.1",
  },
  {
    name: "request line with two spaces",
    fields: ["Host: x", "Content-Length: 0"],
    line: "POST  /conformance/catalog  HTTP/1.1",
  },
  {
    name: "request line with a tab",
    fields: ["Host: x", "Content-Length: 0"],
    line: "POST\t/conformance/catalog HTTP/1.1",
  },
  {
    name: "a second request line in the path",
    fields: ["Host: x", "Content-Length: 0"],
    line: "POST /conformance/catalog HTTP/1.1\r\nX: GET /conformance/items HTTP/1.1",
  },
  { name: "HTTP/0.9", fields: [], line: "GET /conformance/catalog" },
  { name: "HTTP/1.2", fields: ["Host: x", "Content-Length: 0"], line: "POST /conformance/catalog HTTP/1.2" },
  {
    name: "HTTP/2 without preface",
    fields: ["Host: x", "Content-Length: 0"],
    line: "POST /conformance/catalog HTTP/2.0",
  },
  { name: "chunk size with spaces", fields: ["Host: x", "Transfer-Encoding: chunked"], body: `0 \r\n\r\n${SMUGGLED}` },
  {
    name: "chunk size of many digits",
    fields: ["Host: x", "Transfer-Encoding: chunked"],
    body: `10000000000000000\r\n\r\n${SMUGGLED}`,
  },
  { name: "chunk size negative", fields: ["Host: x", "Transfer-Encoding: chunked"], body: `-1\r\n\r\n${SMUGGLED}` },
  { name: "chunk ended by LF", fields: ["Host: x", "Transfer-Encoding: chunked"], body: `0\n\n${SMUGGLED}` },
  {
    name: "chunk longer than it says",
    fields: ["Host: x", "Transfer-Encoding: chunked"],
    body: `1\r\nabc\r\n0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "chunk extension with LF",
    fields: ["Host: x", "Transfer-Encoding: chunked"],
    body: `1;a\nb\r\na\r\n0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: "upgrade to h2c",
    fields: [
      "Host: x",
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
      "Content-Length: 0",
    ],
  },
  {
    name: "upgrade to websocket",
    fields: [
      "Host: x",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Content-Length: 0",
    ],
    body: SMUGGLED,
  },
  { name: "header without a name", fields: ["Host: x", ": y", "Content-Length: 0"] },
  { name: "header without a colon", fields: ["Host: x", "Transfer-Encoding", "Content-Length: 0"] },
];

/** That one request is one request on both sides of the gateway. */
export function smuggling(suite: Suite): void {
  suite.group("request smuggling", { lock: true }, (lab, check) => {
    for (const { name, fields, body = "", line = "POST /conformance/catalog HTTP/1.1", eol = "\r\n" } of attempts) {
      check(`smuggling ${name}`, "never makes two requests of one, nor a protected one of a public one", async () => {
        const mine = lab().newCase();
        const before = lab().reached();
        const head = [line, ...fields, `x-case: ${mine.id}`, "", ""].join(eol);
        const text = await exchange(lab().url, head + body, { firstMs: 1_500 });
        expect(mine.arrivals().length).toBeLessThanOrEqual(1);
        expect(lab().reached() - before).toBeLessThanOrEqual(1);
        const served = statusesIn(text).filter((status) => status === 200);
        expect(served.length).toBeLessThanOrEqual(lab().reached() - before);
      });
    }

    check("pipelined requests", "are answered in their order, each by itself", async () => {
      const person = lab().people.person();
      const cases = [lab().newCase(), lab().newCase(person), lab().newCase()];
      const targets = ["/conformance/catalog", "/conformance/items", "/conformance/items"];
      const text = cases.map(({ fields }, n) =>
        [`GET ${targets[n]} HTTP/1.1`, "Host: x", ...fields.map((field) => field.join(": ")), "", ""].join("\r\n"),
      );
      expect(statusesIn(await exchange(lab().url, text.join("")))).toEqual([200, 200, 401]);
      expect(cases.map((each) => each.arrivals().length)).toEqual([1, 1, 0]);
    });

    check(
      "one session is not the next one's",
      "on a kept connection, a request without a session is nobody's",
      async () => {
        const person = lab().people.person();
        const [first, second] = [lab().newCase(person), lab().newCase()];
        const request = (fields: readonly (readonly [string, string])[]): string =>
          ["GET /conformance/items HTTP/1.1", "Host: x", ...fields.map((field) => field.join(": ")), "", ""].join(
            "\r\n",
          );
        const text = await exchange(lab().url, request(first.fields) + request(second.fields));
        expect(statusesIn(text)).toEqual([200, 401]);
        expect(second.arrivals()).toHaveLength(0);
      },
    );

    check("body of a refused request", "is not taken for the next request", async () => {
      const body = "GET /conformance/catalog HTTP/1.1\r\nHost: x\r\n\r\n";
      const head = `POST /conformance/items HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
      const before = lab().reached();
      expect(statusesIn(await exchange(lab().url, head + body))).toEqual([401]);
      expect(lab().reached()).toBe(before);
    });
  });
}
