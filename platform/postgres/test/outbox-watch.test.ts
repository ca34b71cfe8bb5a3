import { silentLogger, startTelemetry } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { sql } from "kysely";
import { afterAll, expect, test } from "vitest";
import { writeOutbox } from "../src/index.ts";
import { aHistory, anEvent, anEventDatabase } from "./events.ts";
import { aRelay } from "./relays.ts";

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
const telemetry = startTelemetry({ service: "test", metricReaders: [reader] });
afterAll(() => telemetry.shutdown());

/** The last value of each gauge of the outbox. */
async function gauges(): Promise<Readonly<Record<string, unknown>>> {
  exporter.reset();
  await reader.forceFlush();
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  return Object.fromEntries(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.at(-1)?.value]));
}

test("a relay measures what waits, for how long, and what is parked", async () => {
  const postgres = await anEventDatabase();
  await postgres.transaction((trx) => writeOutbox(trx, [...aHistory(3), ...aHistory(2), anEvent()]));
  await sql`update outbox set created_at = clock_timestamp() - interval '1 hour' where aggregate_version = 1`.execute(
    postgres.db,
  );
  await sql`update outbox set parked_at = clock_timestamp() where aggregate_version = 3`.execute(postgres.db);
  await aRelay({ url: postgres.url, logger: silentLogger, send: () => new Promise(() => {}), sendTimeoutMs: 100 });
  const measured = await eventually(async () => {
    const now = await gauges();
    expect(now["gantry.outbox.rows"]).toBe(5);
    return now;
  });
  expect(measured["gantry.outbox.oldest_age"]).toBeGreaterThanOrEqual(3600);
  expect(measured["gantry.parked_keys"]).toBe(1);
});
