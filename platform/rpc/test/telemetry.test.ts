import { createClient } from "@connectrpc/connect";
import { AppError } from "@gantry/kernel";
import { activeTraceId, attributeNames, startTelemetry, type Telemetry } from "@gantry/telemetry";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectTo, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

let exporter: InMemorySpanExporter;
let telemetry: Telemetry;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  telemetry = startTelemetry({ service: "echo", spanProcessors: [new SimpleSpanProcessor({ exporter })] });
});
afterEach(() => telemetry.shutdown());

const kinds = { server: 1, client: 2 } as const;

/** The finished spans of one side, once there are `count`. */
async function spans(side: keyof typeof kinds, count: number): Promise<ReadableSpan[]> {
  const found = () => exporter.getFinishedSpans().filter(({ kind }) => kind === kinds[side]);
  await expect.poll(found).toHaveLength(count);
  return found();
}

describe.each(["connect", "grpc", "grpc-web"] as const)("by %s, a trace", (protocol) => {
  test("goes from the client to the server's handler", async () => {
    const seen: (string | undefined)[] = [];
    await using server = await startEcho({
      say: () => {
        seen.push(activeTraceId());
        return {};
      },
    });
    using transport = connectTo(server, { protocol });
    await createClient(EchoService, transport).say({});
    const [client] = await spans("client", 1);
    const [served] = await spans("server", 1);
    const name = "fixture.v1.EchoService/Say";
    expect(client).toMatchObject({
      name,
      attributes: { [attributeNames.rpcMethod]: name, [attributeNames.rpcStatus]: "ok" },
    });
    expect(served).toMatchObject({ name, parentSpanContext: { spanId: client?.spanContext().spanId } });
    expect(seen).toEqual([client?.spanContext().traceId]);
    expect(server.lines).toMatchObject([{ trace_id: seen[0], code: "ok" }]);
  });

  test("goes along with each step of a stream", async () => {
    const seen: (string | undefined)[] = [];
    await using server = await startEcho({
      async *count({ to }) {
        for (let number = 1; number <= to; number++) {
          seen.push(activeTraceId());
          yield { number };
        }
      },
    });
    using transport = connectTo(server, { protocol });
    for await (const { number } of createClient(EchoService, transport).count({ to: 3 }))
      expect(number).toBeLessThan(4);
    const [served] = await spans("server", 1);
    const traceId = served?.spanContext().traceId;
    expect(seen).toEqual([traceId, traceId, traceId]);
  });
});

test("a call made by a handler belongs to the same trace", async () => {
  await using upstream = await startEcho();
  using inner = connectTo(upstream);
  const client = createClient(EchoService, inner);
  await using server = await startEcho({ say: (request) => client.write(request) });
  using transport = connectTo(server);
  await createClient(EchoService, transport).say({});
  const all = [...(await spans("client", 2)), ...(await spans("server", 2))];
  expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1);
});

test("a failed call is the server's fault or its caller's, and the spans say which", async () => {
  await using server = await startEcho({
    write: () => {
      throw new AppError({ kind: "unavailable", reason: "STORE_GONE", message: "Gone." });
    },
  });
  using transport = connectTo(server);
  const client = createClient(EchoService, transport);
  await expect(client.say({ text: "forbidden" })).rejects.toThrow();
  await expect(client.write({})).rejects.toThrow();
  const [refused, failed] = await spans("server", 2);
  expect(refused).toMatchObject({
    status: { code: 0 },
    attributes: { [attributeNames.rpcStatus]: "permission_denied" },
  });
  expect(failed).toMatchObject({ status: { code: 2 }, attributes: { [attributeNames.errorType]: "STORE_GONE" } });
});

test("a stream that fails or is left early ends its span", async () => {
  await using server = await startEcho();
  using transport = connectTo(server, { protocol: "grpc" });
  const abort = new AbortController();
  const reading = (async () => {
    const answers = createClient(EchoService, transport).count({ to: 1_000_000 }, { signal: abort.signal });
    for await (const { number } of answers) if (number === 3) abort.abort();
  })();
  await expect(reading).rejects.toMatchObject({ kind: "cancelled" });
  const [served] = await spans("server", 1);
  expect(served).toMatchObject({ attributes: { [attributeNames.rpcStatus]: "canceled" } });
});
