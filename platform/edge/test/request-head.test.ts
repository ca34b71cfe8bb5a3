import { describe, expect, test } from "vitest";
import { readRequestHead } from "../src/request/request-head.ts";
import { TOKEN } from "./fixture.ts";

const OTHER = "another-session-that-lives";
const fieldsOf = (...raw: string[]): string[] => readRequestHead(raw).fields;
const sessionOf = (...raw: string[]) => readRequestHead(raw).session;

describe("headers go on", () => {
  test("in order, with repeats, by names in lower case, without those of the connection", () => {
    const raw = [
      "Accept",
      "a",
      "Host",
      "x",
      "X-B",
      "1",
      "x-b",
      "2",
      "TE",
      "trailers",
      "Upgrade",
      "h2c",
      "Expect",
      "100-continue",
    ];
    expect(fieldsOf(...raw)).toEqual(["accept", "a", "x-b", "1", "x-b", "2"]);
  });

  test("without what Connection names, which takes nothing away that the gateway reads or sets", () => {
    const raw = ["Connection", "close, X-Hop, x-gantry-identity, authorization", "x-hop", "1", "x-kept", "2"];
    expect(fieldsOf(...raw, "authorization", `Bearer ${TOKEN}`)).toEqual(["x-kept", "2"]);
    expect(sessionOf(...raw, "authorization", `Bearer ${TOKEN}`)).toEqual({ token: TOKEN });
  });

  test("without two Connection fields' names either", () => {
    expect(fieldsOf("connection", "keep-alive", "connection", "x-hop", "x-hop", "1")).toEqual([]);
  });

  test.each([
    "x-gantry-identity",
    "X-Gantry-Anything",
    "x-user-uuid",
    "X-Forwarded-For",
    "x-forwarded-host",
    "Forwarded",
    "X-Real-IP",
    "x-envoy-original-path",
    "Authorization",
    "x-session-uuid",
    "Session-Uuid",
    "proxy-authorization",
    "http2-settings",
    "content-length",
  ])("but never %s", (name) => expect(fieldsOf(name, "x", name.toUpperCase(), "y", "x-z", "1")).toEqual(["x-z", "1"]));

  test("with cookies in one field, without those of the session", () => {
    expect(fieldsOf("cookie", `a=1; __Host-session=${TOKEN}; b=2`, "cookie", "c=3")).toEqual([
      "cookie",
      "a=1; b=2; c=3",
    ]);
    expect(fieldsOf("cookie", `session-uuid=${TOKEN};x-session-uuid=${TOKEN}`)).toEqual([]);
  });
});

describe("a request is refused", () => {
  test.each([
    [["x_gantry_identity", "1"]],
    [["X-Gantry_Identity", "1"]],
    [["a_b", "1"]],
    [["host", "a", "host", "b"]],
    [["transfer-encoding", "chunked", "transfer-encoding", "identity"]],
  ])("with %j", (raw) => expect(readRequestHead(raw).isRefused).toBe(true));
});

describe("a session is named", () => {
  test.each([
    [["authorization", `Bearer ${TOKEN}`]],
    [["Authorization", `bearer  ${TOKEN}`]],
    [["X-Session-Uuid", TOKEN]],
    [["session-uuid", TOKEN]],
    [["cookie", `__Host-session=${TOKEN}`]],
    [["cookie", `a=b; x-session-uuid=${TOKEN}`]],
    [["cookie", "a=b", "cookie", `session-uuid=${TOKEN}`]],
    [["authorization", `Bearer ${TOKEN}`, "x-session-uuid", TOKEN, "cookie", `session-uuid=${TOKEN}`]],
  ])("by %j", (raw) => expect(sessionOf(...raw)).toEqual({ token: TOKEN }));

  test.each([
    [["authorization", `Basic ${TOKEN}`]],
    [["authorization", TOKEN]],
    [["authorization", "Bearer"]],
    [["authorization", `Bearer ${TOKEN} x`]],
    [["authorization", `Bearer ${TOKEN}`, "authorization", `Bearer ${TOKEN}`]],
    [["authorization", `Bearer ${TOKEN}`, "x-session-uuid", OTHER]],
    [["x-session-uuid", TOKEN, "session-uuid", OTHER]],
    [["x-session-uuid", `${TOKEN},${TOKEN}`]],
    [["x-session-uuid", ""]],
    [["x-session-uuid", "short"]],
    [["x-session-uuid", "x".repeat(129)]],
    [["x-session-uuid", "x".repeat(1_000_000)]],
    [["x-session-uuid", `${TOKEN}"`]],
    [["x-session-uuid", `${TOKEN}\u00e4`]],
    [["cookie", `session-uuid=${TOKEN}; session-uuid=${OTHER}`]],
    [["cookie", `__Host-session="${TOKEN}"`]],
    [["cookie", "session-uuid"]],
    [["cookie", "session-uuid="]],
  ])("by nobody who says %j", (raw) => expect(sessionOf(...raw)).toBe("contradictory"));

  test.each([[[]], [["cookie", "a=b; my-session-uuid=x; Session-Uuid=y"]], [["x-session", TOKEN]]])(
    "by none of %j",
    (raw) => expect(sessionOf(...raw)).toBe("none"),
  );
});
