import { uuidv7 } from "@gantry/kernel";
import { startTelemetry } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test } from "vitest";
import { aBroker, aConsumer, aDatabase, behind, handlers, publish } from "./consumer-fixture.ts";
import { orderPaid } from "./events.ts";

test("what is handled, repeated, early, parked, dead and behind is measured", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const telemetry = startTelemetry({ service: "test", metricReaders: [reader] });
  onTestFinished(() => telemetry.shutdown());
  const [postgres, broker, early, broken] = [await aDatabase(), await aBroker(), uuidv7(), uuidv7()];
  await aConsumer({
    broker,
    postgres,
    handlers: handlers({
      "gantry.order.v1.OrderPaid": async ({ orderUuid }) => {
        if (orderUuid === broken) throw new TypeError("a bug");
      },
    }),
  });
  const good = orderPaid();
  await publish(broker, good, good, orderPaid({ orderUuid: early, version: 2 }), orderPaid({ orderUuid: broken }));
  await broker.send([{ topic: "order.events.v1", key: "", headers: {}, value: new Uint8Array() }]);
  await eventually(async () => (await behind(broker)) === 0n);

  const values = async (): Promise<ReadonlyMap<string, unknown>> => {
    await reader.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    return new Map(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]));
  };
  await eventually(async () => {
    const now = await values();
    expect(now.get("gantry.parked_keys")).toBe(1);
    expect(now.get("gantry.inbox.gap_age")).toBeGreaterThan(0);
    expect(now.get("gantry.consumer.lag")).toBe(0);
    expect(now.get("gantry.inbox.duplicates")).toBeGreaterThan(0);
    expect(now.get("gantry.inbox.early")).toBeGreaterThan(0);
    expect(now.get("gantry.dead_letters")).toBe(1);
    expect(now.get("messaging.client.consumed.messages")).toBe(5);
    expect(now.get("messaging.process.duration")).toMatchObject({ count: expect.any(Number) });
  });
});
