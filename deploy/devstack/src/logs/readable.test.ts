import { expect, test } from "vitest";
import { createPaint } from "./paint.ts";
import { readable } from "./readable.ts";

const show = (line: string) => readable(line, createPaint(false));

test("shows time, level and fields of a log line, without what the prefix says already", () => {
  const line = {
    level: "warn",
    time: "2026-11-21T09:08:07.123Z",
    service: "order",
    trace_id: "ab",
    tries: 2,
    message: "late",
  };
  expect(show(JSON.stringify(line))).toBe("09:08:07.123 WARN late trace_id=ab tries=2");
});

test("keeps quiet about the level of ordinary lines", () => {
  expect(show('{"level":"info","time":"2026-11-21T09:08:07.123Z","message":"ready"}')).toBe("09:08:07.123 ready");
});

test("shortens long values", () => {
  expect(show(JSON.stringify({ level: "info", message: "m", stack: "x".repeat(500) })).length).toBeLessThan(320);
});

test.each(["plain text", "{broken", "{}", "[1]", ""])("leaves %j as it is", (line) => {
  expect(show(line)).toBe(line);
});
