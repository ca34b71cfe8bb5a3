import { expect, test } from "vitest";
import { type CursorKeys, decodeCursor, encodeCursor } from "./cursor.ts";

type Keys = readonly [string, number];
const isKeys = (keys: CursorKeys): keys is Keys =>
  keys.length === 2 && typeof keys[0] === "string" && typeof keys[1] === "number";

const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

test("reads the token it made", () => {
  expect(decodeCursor(encodeCursor(["2026-11-21T10:00:00.123456Z", 7]), isKeys)).toEqual([
    "2026-11-21T10:00:00.123456Z",
    7,
  ]);
});

test("fits into a URL as it is", () => {
  expect(encodeCursor(["?>~ä&=+/", 1])).toMatch(/^[\w-]+$/);
});

test.each([
  ["nothing", ""],
  ["noise", "!!!"],
  ["JSON that is not a list", token({ length: 2, 0: "a", 1: 1 })],
  ["keys of another listing", token(["a"])],
  ["swapped keys", token([1, "a"])],
  ["a nested list", token([["a"], 1])],
  ["an object among the keys", token([{ $gt: "" }, 1])],
  ["a number that is none", Buffer.from('["a",1e999]').toString("base64url")],
  ["a NUL, which a database refuses", token(["a\0b", 1])],
  ["a lone surrogate", Buffer.from('["\\ud800",1]').toString("base64url")],
  ["a cut token", encodeCursor(["abc", 1]).slice(0, -3)],
  ["a token with something behind it", `${encodeCursor(["a", 1])}=`],
  ["ordinary base64 of the right keys", Buffer.from('["??>",1]').toString("base64")],
  ["spaces in the JSON", Buffer.from('["a", 1]').toString("base64url")],
  ["a token of 2 MB", token(["a".repeat(2_000_000), 1])],
  ["10,000 lists in each other", Buffer.from("[".repeat(10_000)).toString("base64url")],
])("refuses %s", (_what, hostile) => {
  expect(() => decodeCursor(hostile, isKeys)).toThrow(
    expect.objectContaining({ kind: "invalid_argument", reason: "INVALID_CURSOR" }),
  );
});
