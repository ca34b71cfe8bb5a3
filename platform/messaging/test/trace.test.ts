import { OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { uuidv7 } from "@gantry/kernel";
import { createPostgres, createRelay, migrate, outboxTables } from "@gantry/postgres";
import { SpanKind, silentLogger, startTelemetry, withSpan } from "@gantry/telemetry";
import { eventually, testDatabase } from "@gantry/testing";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { expect, onTestFinished, test } from "vitest";
import { createPublisher, outboxSink } from "../src/index.ts";
import { observed } from "../src/observed-broker.ts";
import { aBroker, aConsumer, aDatabase, effectsOn } from "./consumer-fixture.ts";
import { codec, payment } from "./events.ts";

test("one trace runs from the request through the outbox and the broker to the handler", async () => {
  const exporter = new InMemorySpanExporter();
  const telemetry = startTelemetry({ service: "test", spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  onTestFinished(() => telemetry.shutdown());
  const [publishing, consuming] = [await aPublisher(), await aDatabase()];
  const broker = observed(await aBroker(), "memory");
  await aConsumer({ broker, postgres: consuming });
  const order = uuidv7();

  await withSpan("POST /orders", {}, () =>
    publishing.postgres.transaction(async (trx) => {
      await createPublisher(codec, outboxSink(trx)).publish(OrderPaidSchema, payment({ orderUuid: order }));
    }),
  );
  const relay = createRelay({
    url: publishing.url,
    logger: silentLogger,
    send: (records) => broker.send(records.map(codec.toMessage)),
  });
  await relay.start();
  await eventually(async () => (await effectsOn(consuming, order)).length === 1);
  await relay.stop();

  const span = (name: string): ReadableSpan => {
    const [found] = exporter.getFinishedSpans().filter((each) => each.name === name);
    if (found === undefined) throw new Error(`no span ${name}`);
    return found;
  };
  const id = (of: ReadableSpan): string => of.spanContext().spanId;
  const [request, made] = [span("POST /orders"), span("create order.events.v1")];
  const [sent, received, handled] = [
    span("send order.events.v1"),
    await eventually(() => span("receive order.events.v1")),
    span("process order.events.v1"),
  ];
  expect(made).toMatchObject({ kind: SpanKind.PRODUCER, parentSpanContext: { spanId: id(request) } });
  expect(handled).toMatchObject({ kind: SpanKind.CONSUMER, parentSpanContext: { spanId: id(made) } });
  expect(handled.spanContext().traceId).toBe(request.spanContext().traceId);
  expect(handled.attributes).toMatchObject({
    "messaging.destination.name": "order.events.v1",
    "messaging.consumer.group.name": "assembly",
    "messaging.kafka.message.key": order,
    "gantry.event.type": "gantry.order.v1.OrderPaid",
  });
  expect(handled.links.map(({ context }) => context.spanId)).toEqual([id(received)]);
  for (const batch of [sent, received]) expect(batch.links.map(({ context }) => context.spanId)).toEqual([id(made)]);
  expect(sent.kind).toBe(SpanKind.CLIENT);
});

async function aPublisher() {
  const { url } = await testDatabase();
  const directory = new URL("migrations/", import.meta.url);
  await migrate({ url, directory, logger: silentLogger, libraries: [outboxTables] });
  const postgres = createPostgres<object>({ url, applicationName: "test", logger: silentLogger });
  onTestFinished(() => postgres.close());
  return { url, postgres };
}
