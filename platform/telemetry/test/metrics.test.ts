import {
  AggregationTemporality,
  InMemoryMetricExporter,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  count,
  gauge,
  recordHttpServed,
  recordRpcCalled,
  recordRpcServed,
  recordSeconds,
  startTelemetry,
  type Telemetry,
} from "../src/index.ts";

let exporter: InMemoryMetricExporter;
let reader: PeriodicExportingMetricReader;
let telemetry: Telemetry;

beforeEach(() => {
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  telemetry = startTelemetry({ service: "test", metricReaders: [reader] });
});
afterEach(() => telemetry.shutdown());

const metric = async (name: string): Promise<MetricData> => {
  await reader.forceFlush();
  const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  const found = scopes.flatMap(({ metrics }) => metrics).find(({ descriptor }) => descriptor.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
};

test("an HTTP request is counted and timed per method, route and status, in seconds", async () => {
  recordHttpServed({ method: "GET", route: "/orders", status: 200, durationMs: 20 });
  recordHttpServed({ method: "GET", route: "/orders", status: 200, durationMs: 40 });
  recordHttpServed({ method: "GET", route: undefined, status: 404, durationMs: 1 });
  const { dataPoints, descriptor } = await metric("http.server.request.duration");
  expect(descriptor.unit).toBe("s");
  expect(dataPoints.map(({ attributes }) => attributes)).toEqual([
    { "http.request.method": "GET", "http.route": "/orders", "http.response.status_code": 200 },
    { "http.request.method": "GET", "http.response.status_code": 404 },
  ]);
  expect(dataPoints[0]?.value).toMatchObject({ count: 2, sum: 0.06 });
});

test("only a server's fault is an error", async () => {
  recordHttpServed({ method: "GET", route: "/a", status: 409, durationMs: 1 });
  recordHttpServed({ method: "GET", route: "/a", status: 503, durationMs: 1 });
  const { dataPoints } = await metric("http.server.request.duration");
  expect(dataPoints.map(({ attributes }) => attributes["error.type"])).toEqual([undefined, "503"]);
});

test.each([
  ["rpc.server.call.duration", recordRpcServed],
  ["rpc.client.call.duration", recordRpcCalled],
] as const)("%s tells method and outcome", async (name, record) => {
  record({ method: "pkg.Service/Get", status: "ok", durationMs: 5 });
  record({ method: "pkg.Service/Get", status: "not_found", durationMs: 5 });
  const { dataPoints } = await metric(name);
  expect(dataPoints.map(({ attributes }) => attributes)).toEqual([
    { "rpc.system.name": "connectrpc", "rpc.method": "pkg.Service/Get", "rpc.status_code": "ok" },
    {
      "rpc.system.name": "connectrpc",
      "rpc.method": "pkg.Service/Get",
      "rpc.status_code": "not_found",
      "error.type": "not_found",
    },
  ]);
});

test("recording works again after a new start", async () => {
  recordHttpServed({ method: "GET", route: "/a", status: 200, durationMs: 1 });
  await telemetry.shutdown();
  recordHttpServed({ method: "GET", route: "/a", status: 200, durationMs: 1 });
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  telemetry = startTelemetry({ service: "test", metricReaders: [reader] });
  recordHttpServed({ method: "GET", route: "/a", status: 200, durationMs: 1 });
  const { dataPoints } = await metric("http.server.request.duration");
  expect(dataPoints[0]?.value).toMatchObject({ count: 1 });
});

test("other things are counted, measured and timed by the names of one module", async () => {
  count("inboxDuplicates");
  count("inboxDuplicates", 2, { consumer: "order" });
  gauge("outboxRows", 7);
  gauge("outboxRows", 3);
  recordSeconds("messagingProcessDuration", 0.25);
  expect((await metric("gantry.inbox.duplicates")).dataPoints.map(({ value }) => value)).toEqual([1, 2]);
  expect((await metric("gantry.outbox.rows")).dataPoints.map(({ value }) => value)).toEqual([3]);
  const { dataPoints, descriptor } = await metric("messaging.process.duration");
  expect([descriptor.unit, dataPoints[0]?.value]).toEqual(["s", expect.objectContaining({ sum: 0.25 })]);
});
