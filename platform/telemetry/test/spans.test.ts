import { AppError } from "@gantry/kernel";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  activeTraceHeaders,
  activeTraceId,
  startClientSpan,
  startConsumerSpan,
  startProducerSpan,
  startServerSpan,
  startTelemetry,
  type Telemetry,
  withSpan,
} from "../src/index.ts";

let exporter: InMemorySpanExporter;
let telemetry: Telemetry;

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const finished = () => exporter.getFinishedSpans();
const only = () => {
  const [span, ...more] = finished();
  if (span === undefined || more.length > 0) throw new Error(`${finished().length} spans instead of one`);
  return span;
};

describe("recording", () => {
  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    telemetry = startTelemetry({ service: "test", spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  });
  afterEach(() => telemetry.shutdown());

  test.each([
    ["the web's headers", new Headers({ traceparent })],
    ["a Node request's headers", { traceparent }],
    ["a repeated header in a list", { traceparent: [traceparent] }],
  ])("a server span continues the caller's trace, read from %s", (_what, headers) => {
    const span = startServerSpan("GET /orders", headers);
    span.end();
    expect(span.traceId).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(only().parentSpanContext?.spanId).toBe("b7ad6b7169203331");
  });

  test.each([
    ["nothing", {}],
    ["noise", { traceparent: "x" }],
    ["zeros", { traceparent: "00-00000000000000000000000000000000-0000000000000000-01" }],
    ["8 KB", { traceparent: `${traceparent}-${"a".repeat(8192)}` }],
  ])("a server span starts a trace of its own when the caller sent %s", (_what, headers) => {
    const span = startServerSpan("GET /orders", headers);
    span.end();
    expect(span.traceId).toMatch(/^(?!0{32})(?!0af7651916)[0-9a-f]{32}$/);
    expect(only().parentSpanContext).toBeUndefined();
  });

  test("the active span follows asynchronous code and does not leak out of it", async () => {
    const span = startServerSpan("a", {});
    const other = startServerSpan("b", {});
    const inside = async (): Promise<string | undefined> => {
      await new Promise(setImmediate);
      return activeTraceId();
    };
    expect(await Promise.all([span.run(inside), other.run(inside), inside()])).toEqual([
      span.traceId,
      other.traceId,
      undefined,
    ]);
    span.end();
    other.end();
  });

  test("a client span tells the callee about itself", async () => {
    const headers = new Headers();
    const traceId = await withSpan("outer", {}, (outer) => {
      startClientSpan("call", headers, { "server.address": "inventory" }).end();
      return outer.traceId;
    });
    const call = finished().find(({ name }) => name === "call");
    expect(headers.get("traceparent")).toBe(`00-${traceId}-${call?.spanContext().spanId}-01`);
    expect(call?.attributes).toEqual({ "server.address": "inventory" });
  });

  test("an event's handling is a child of its making, and names the batch it came in", async () => {
    const headers = await withSpan("request", {}, () => {
      const made = startProducerSpan("create orders");
      const travelling = made.run(activeTraceHeaders);
      made.end();
      return travelling;
    });
    await withSpan("batch", { links: [headers, {}] }, () => startConsumerSpan("process orders", headers).end());
    const [made, , handled, batch] = finished();
    expect(made).toMatchObject({ name: "create orders", kind: 3 });
    expect(handled).toMatchObject({ name: "process orders", kind: 4 });
    expect(handled?.parentSpanContext?.spanId).toBe(made?.spanContext().spanId);
    expect(handled?.links.map(({ context }) => context.spanId)).toEqual([batch?.spanContext().spanId]);
    expect(batch?.links.map(({ context }) => context.spanId)).toEqual([made?.spanContext().spanId]);
  });

  test("a span names no more than a hundred others", async () => {
    await withSpan("batch", { links: Array.from({ length: 300 }, () => ({ traceparent })) }, () => undefined);
    expect(only().links).toHaveLength(100);
  });

  test("a span may be renamed and described until it ends", () => {
    const span = startServerSpan("GET", {});
    span.rename("GET /orders/{order_uuid}");
    span.set({ "http.response.status_code": 200 });
    span.end();
    expect(only()).toMatchObject({
      name: "GET /orders/{order_uuid}",
      attributes: { "http.response.status_code": 200 },
    });
  });

  test("an error is passed on and marks the span with its reason, not with its words", async () => {
    const error = new AppError({ kind: "conflict", reason: "STOCK_CHANGED", message: "Eve's part is gone." });
    await expect(withSpan("reserve", {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(only()).toMatchObject({
      status: { code: 2, message: "STOCK_CHANGED" },
      attributes: { "error.type": "STOCK_CHANGED" },
    });
    expect(only().events).toEqual([]);
  });

  test.each([
    [new TypeError("x"), "TypeError"],
    ["text", "unknown"],
  ])("another error is named by its class (%s)", async (thrown, type) => {
    await withSpan("x", {}, () => Promise.reject(thrown)).catch(() => undefined);
    expect(only().attributes).toEqual({ "error.type": type });
  });
});

describe("without a receiver", () => {
  beforeEach(() => {
    telemetry = startTelemetry({ service: "test" });
  });
  afterEach(() => telemetry.shutdown());

  test("spans still have ids, which are passed on as not recorded", async () => {
    const headers = new Headers();
    const traceId = await withSpan("outer", {}, (outer) => {
      startClientSpan("call", headers).end();
      expect(activeTraceId()).toBe(outer.traceId);
      return outer.traceId;
    });
    expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(headers.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  });

  test("a caller's trace goes on", () => {
    expect(startServerSpan("x", { traceparent }).traceId).toBe("0af7651916cd43dd8448eb211c80319c");
  });
});

test("before the start and after the end there is no trace, and nothing breaks", async () => {
  expect(activeTraceId()).toBeUndefined();
  expect(activeTraceHeaders()).toEqual({});
  expect(await withSpan("x", {}, () => activeTraceId())).toBeUndefined();
});
