import { describe, expect, test } from "vitest";
import { readAnswer } from "../src/session/http-answer.ts";

const answer = (...lines: readonly string[]): string => lines.join("\r\n");
const chunked = (body: string): string => answer("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", body);

describe("an answer is read", () => {
  test("by its length", () => {
    const text = answer("HTTP/1.1 401 Unauthorized", "Content-Length: 2", "X-A:  b ", "x-a: c", "", "{}");
    expect(readAnswer(text)).toEqual({
      status: 401,
      fields: ["content-length", "2", "x-a", "b", "x-a", "c"],
      body: "{}",
      isLast: false,
    });
  });

  test("by its chunks", () => {
    expect(readAnswer(chunked("2\r\n{}\r\nA\r\n0123456789\r\n0\r\n\r\n"))).toMatchObject({ body: "{}0123456789" });
  });

  test("as the last of its connection", () => {
    const text = (connection: string) =>
      answer("HTTP/1.1 200 OK", `connection: ${connection}`, "content-length: 0", "", "");
    expect(readAnswer(text("close"))).toMatchObject({ isLast: true });
    expect(readAnswer(text("Keep-Alive"))).toMatchObject({ isLast: false });
  });
});

test.each([answer("HTTP/1.1 200 OK", "content-length: 2", "", "{}"), chunked("2\r\n{}\r\n0\r\n\r\n")])(
  "an answer that comes in pieces is none before its last byte",
  (text) => {
    for (let length = 0; length < text.length; length++) expect(readAnswer(text.slice(0, length))).toBeUndefined();
    expect(readAnswer(text)).toMatchObject({ status: 200, body: "{}" });
  },
);

describe("no answer can come of", () => {
  const good = ["content-length: 2", "", "{}"];
  test.each([
    ["another protocol", answer("SSH-2.0-OpenSSH", "", "", "")],
    ["another version", answer("HTTP/1.0 200 OK", ...good)],
    ["an interim status", answer("HTTP/1.1 100 Continue", "", "")],
    ["a status that is none", answer("HTTP/1.1 2000 OK", ...good)],
    ["no length", answer("HTTP/1.1 200 OK", "x-a: b", "", "{}")],
    ["two lengths", answer("HTTP/1.1 200 OK", "content-length: 2", ...good)],
    ["a length and chunks", answer("HTTP/1.1 200 OK", "transfer-encoding: chunked", ...good)],
    ["a length that is none", answer("HTTP/1.1 200 OK", "content-length: +2", "", "{}")],
    ["a length without end", answer("HTTP/1.1 200 OK", "content-length: 99999999999", "", "{}")],
    ["another coding", answer("HTTP/1.1 200 OK", "transfer-encoding: gzip, chunked", "", "0\r\n\r\n")],
    ["more than it says", answer("HTTP/1.1 200 OK", "content-length: 2", "", "{}HTTP/1.1 200 OK")],
    ["a second answer", chunked("0\r\n\r\nHTTP/1.1 200 OK\r\n")],
    ["a folded line", answer("HTTP/1.1 200 OK", "x-a: b", " c", ...good)],
    ["a space before a colon", answer("HTTP/1.1 200 OK", "x-a : b", ...good)],
    ["a line without a name", answer("HTTP/1.1 200 OK", ": b", ...good)],
    ["a control character", answer("HTTP/1.1 200 OK", "x-a: b\u0000", ...good)],
    ["a lone line feed", answer("HTTP/1.1 200 OK", "x-a: b\nx-gantry-user: c", ...good)],
    ["a chunk size that is none", chunked("x\r\n{}\r\n0\r\n\r\n")],
    ["a chunk extension", chunked("2;a=b\r\n{}\r\n0\r\n\r\n")],
    ["a chunk without end", chunked("2\r\n{}{}0\r\n\r\n")],
    ["trailers", chunked("2\r\n{}\r\n0\r\nx-gantry-user: c\r\n\r\n")],
  ])("%s", (_, text) => expect(readAnswer(text)).toBe("odd"));
});
