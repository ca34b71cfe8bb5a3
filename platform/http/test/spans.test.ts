import { AppError } from "@gantry/kernel";
import { activeTraceId, startTelemetry, type Telemetry } from "@gantry/telemetry";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contract, problems, startHost, things } from "./fixture.ts";

let exporter: InMemorySpanExporter;
let telemetry: Telemetry;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  telemetry = startTelemetry({ service: "things", spanProcessors: [new SimpleSpanProcessor({ exporter })] });
});
afterEach(() => telemetry.shutdown());

const headers = {
  "content-type": "application/json",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

test("a request is a span of the caller's trace, named after its route", async () => {
  const routes = contract(
    things({
      route: "/things/{id}",
      path: [{ name: "id", type: "string" }],
      handle: (_, call) => ({ status: 200, body: { active: activeTraceId(), call: call.traceId } }),
    }),
  );
  await using host = await startHost(routes);
  const response = await fetch(`${host.url}/things/7`, { method: "POST", body: "{}", headers });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  expect(await response.json()).toEqual({ active: traceId, call: traceId });
  await expect.poll(() => exporter.getFinishedSpans()).toHaveLength(1);
  expect(exporter.getFinishedSpans()).toMatchObject([
    {
      name: "POST /things/{id}",
      parentSpanContext: { traceId, spanId: "b7ad6b7169203331" },
      attributes: { "http.route": "/things/{id}", "http.request.method": "POST", "http.response.status_code": 200 },
    },
  ]);
  expect(host.lines).toMatchObject([{ trace_id: traceId }]);
});

test("a request that fails through no fault of its caller marks its span", async () => {
  const routes = contract(
    things({
      answers: { ...problems, 503: problems[500] },
      handle: () => {
        throw new AppError({ kind: "unavailable", reason: "STORE_GONE", message: "Gone." });
      },
    }),
  );
  await using host = await startHost(routes);
  await fetch(`${host.url}/things`, { method: "POST", body: "{}", headers });
  await expect.poll(() => exporter.getFinishedSpans()).toMatchObject([{ attributes: { "error.type": "STORE_GONE" } }]);
});
