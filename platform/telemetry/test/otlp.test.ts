import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, testDatabase } from "@gantry/testing";
import { afterEach, describe, expect, test } from "vitest";
import { startTelemetry, type Telemetry, withSpan } from "../src/index.ts";
import { startCollector } from "./collector.ts";
import { readableLogger } from "./lines.ts";

const run = promisify(execFile);
const fixture = fileURLToPath(new URL("./fixtures/traced.ts", import.meta.url));

describe("a process with a collector", () => {
  test("sends its spans, those of its queries among them, and its metrics before it ends", async () => {
    await using collector = await startCollector();
    const database = await testDatabase();
    const { stdout } = await run(process.execPath, [
      "--conditions=@gantry/source",
      fixture,
      collector.url,
      database.url,
    ]);

    const spans = collector.spans();
    const request = spans.find(({ name }) => name === "handle request");
    const query = spans.find(({ name }) => name.startsWith("pg.query"));
    expect(request).toMatchObject({ service: "traced" });
    expect(query).toMatchObject({ traceId: request?.traceId, service: "traced" });
    expect(JSON.parse(stdout)).toMatchObject({ trace_id: request?.traceId, span_id: request?.spanId });
    expect(spans.every(({ traceId }) => traceId === request?.traceId)).toBe(true);
    expect(JSON.stringify(collector.received)).not.toContain("c4n4ry");

    const metrics = collector.received.filter(({ path }) => path === "/v1/metrics").map(({ body }) => body);
    for (const name of ["http.server.request.duration", "rpc.server.call.duration", "nodejs.eventloop.delay.p99"]) {
      expect(metrics.join()).toContain(`"${name}"`);
    }
  });
});

describe("without a good collector", () => {
  let telemetry: Telemetry | undefined;
  afterEach(async () => telemetry?.shutdown());

  const secondsToStop = async (otlpEndpoint: string): Promise<number> => {
    telemetry = startTelemetry({ service: "test", otlpEndpoint });
    await withSpan("work", {}, () => undefined);
    const started = performance.now();
    await telemetry.shutdown();
    return (performance.now() - started) / 1000;
  };

  test("a process ends within the 2 seconds of the last flush when nobody listens", async () => {
    expect(await secondsToStop(`http://127.0.0.1:${await freePort()}`)).toBeLessThan(2.5);
  });

  test("a process ends within the 2 seconds of the last flush when nobody answers", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const { port } = Object.assign({ port: 0 }, silent.address());
    const seconds = await secondsToStop(`http://127.0.0.1:${port}`);
    silent.close();
    expect(seconds).toBeGreaterThan(1.5);
    expect(seconds).toBeLessThan(2.5);
  });

  test("that takes nothing, the log says so, once", async () => {
    await using refusing = await startCollector(400);
    const { log, lines } = readableLogger();
    telemetry = startTelemetry({ service: "test", otlpEndpoint: refusing.url, logger: log });
    await withSpan("work", {}, () => undefined);
    await telemetry.shutdown();
    expect(refusing.received.length).toBeGreaterThan(1);
    expect(lines).toMatchObject([{ level: "warn", message: "telemetry could not be sent" }]);
  });
});

test("shutdown may be called twice", async () => {
  const telemetry = startTelemetry({ service: "test" });
  expect(telemetry.shutdown()).toBe(telemetry.shutdown());
  await telemetry.shutdown();
});
