import { AppError } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { createLogger, silentLogger, startTelemetry, withSpan } from "../src/index.ts";
import { readableLogger } from "./lines.ts";

describe("a line", () => {
  test("is one JSON object with level, time, service, fields and message", () => {
    const written: string[] = [];
    const log = createLogger({ service: "order", destination: { write: (line) => void written.push(line) } });
    const before = Date.now();
    log.info({ order_uuid: "u", total_minor: 12n }, "order paid");
    expect(written).toHaveLength(1);
    expect(written[0]?.endsWith("\n")).toBe(true);
    const { time, ...rest } = JSON.parse(written[0] ?? "");
    expect(rest).toEqual({
      level: "info",
      service: "order",
      order_uuid: "u",
      total_minor: "12",
      message: "order paid",
    });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
  });

  test("carries nothing of the line before it", () => {
    const { log, lines } = readableLogger();
    log.info({ first: 1 }, "one");
    log.info({ second: 2 }, "two");
    expect(lines[1]).not.toHaveProperty("first");
  });

  test("cannot be split by a line break in a value", () => {
    const written: string[] = [];
    const log = createLogger({ service: "x", destination: { write: (line) => void written.push(line) } });
    log.info({ agent: 'a"\n{"level":"fatal"}\n\u2028' }, "served");
    expect(written.join("").trimEnd()).not.toContain("\n");
  });

  test("keeps its own keys when a field has the same name", () => {
    const { log, lines } = readableLogger();
    log.child({ service: "child" }).warn({ level: 1, time: 2, service: "other", message: "other" }, "mine");
    expect(lines[0]).toMatchObject({ level: "warn", service: "test", message: "mine" });
    expect(lines[0]).toMatchObject({ level_: 1, time_: 2, service_: "other", message_: "other" });
  });

  test.each(["trace", "debug", "info", "warn", "error", "fatal"] as const)("of level %s says so", (level) => {
    const { log, lines } = readableLogger();
    log[level]({}, "x");
    expect(lines[0]).toMatchObject({ level });
  });

  test("below the level is not written", () => {
    const { log, lines } = readableLogger({ level: "warn" });
    log.info({}, "quiet");
    log.child({ a: 1 }).debug({}, "quiet");
    log.warn({}, "loud");
    expect(lines.map(({ message }) => message)).toEqual(["loud"]);
  });

  test("of a child has the child's fields, and those of its parents", () => {
    const { log, lines } = readableLogger();
    log
      .child({ a: 1 })
      .child({ b: { token: "t" } })
      .info({ c: 3 }, "x");
    expect(lines[0]).toMatchObject({ a: 1, b: { token: "[redacted]" }, c: 3 });
  });

  test("takes a percent sign in the message as it is", () => {
    const { log, lines } = readableLogger();
    log.info({}, "100 %s %d %j");
    expect(lines[0]).toMatchObject({ message: "100 %s %d %j" });
  });
});

describe("the ids of the active span", () => {
  test("are on every line written inside it, and only there", async () => {
    const telemetry = startTelemetry({ service: "test" });
    const { log, lines } = readableLogger();
    const traceId = await withSpan("work", {}, async (span) => {
      await new Promise(setImmediate);
      log.info({ trace_id: "mine" }, "inside");
      return span.traceId;
    });
    log.info({}, "outside");
    await telemetry.shutdown();
    expect(lines[0]).toMatchObject({ trace_id: traceId, span_id: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(lines[1]).not.toHaveProperty("trace_id");
  });
});

describe("an error", () => {
  const written = (error: unknown): unknown => {
    const { log, lines } = readableLogger({ sensitiveFields: new Set(["chat_id"]) });
    log.error({ error }, "failed");
    return lines[0]?.error;
  };

  test("shows its type, message, stack and causes", () => {
    const root = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" });
    const error = written(new TypeError("no reply", { cause: new Error("no socket", { cause: root }) }));
    expect(error).toMatchObject({
      type: "TypeError",
      message: "no reply",
      stack: expect.stringContaining("logger.test.ts"),
      cause: {
        message: "no socket",
        cause: { message: "connect ECONNREFUSED", code: "ECONNREFUSED", syscall: "connect" },
      },
    });
  });

  test("of ours shows kind, reason, details, violations and meta, redacted", () => {
    const error = written(
      new AppError({
        kind: "conflict",
        reason: "STOCK_CHANGED",
        message: "The stock has changed.",
        details: { part_uuid: "p" },
        violations: [{ field: "/body/a", rule: "max", message: "too many" }],
        meta: { attempt: 3, chat_id: 42, request: { authorization: "Bearer abc" } },
      }),
    );
    expect(error).toMatchObject({
      type: "AppError",
      kind: "conflict",
      reason: "STOCK_CHANGED",
      details: { part_uuid: "p" },
      violations: [{ field: "/body/a" }],
      meta: { attempt: 3, chat_id: "[redacted]", request: { authorization: "[redacted]" } },
    });
  });

  test("of the database shows code and constraint, but no row's values", () => {
    const pgError = Object.assign(new Error("duplicate key value"), {
      code: "23505",
      constraint: "users_email_key",
      detail: "Key (email)=(eve@example.org) already exists.",
      internalQuery: "select 'secret'",
    });
    const error = written(pgError);
    expect(error).toMatchObject({ code: "23505", constraint: "users_email_key" });
    expect(JSON.stringify(error)).not.toContain("eve@example.org");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("that causes itself ends", () => {
    const error = new Error("loop");
    error.cause = error;
    expect(JSON.stringify(written(error)).length).toBeLessThan(20_000);
  });

  test("of many shows them", () => {
    expect(written(new AggregateError([new Error("a"), new Error("b")], "all"))).toMatchObject({
      errors: ["Error: a", "Error: b"],
    });
  });

  test("with something thrown that is no error as its cause shows that", () => {
    expect(written(new Error("x", { cause: "text" }))).toMatchObject({ cause: "text" });
  });
});

test("the silent logger has every method and writes nothing", () => {
  const log = silentLogger.child({ a: 1 });
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[level]({}, "x");
  expect(log).toBe(silentLogger);
});
