import { create, toBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { MoneySchema } from "@gantry/gen/proto/gantry/common/v1/money_pb";
import { OrderCancelledSchema, OrderCreatedSchema, OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { CancelReason } from "@gantry/gen/proto/gantry/order/v1/order_pb";
import { AppError, isUuid, uuidv7 } from "@gantry/kernel";
import { startTelemetry, withSpan } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { schemaFingerprint } from "../src/channels/schema-fingerprint.ts";
import { brokerSink, createPublisher, type OutboundMessage, topicSpecs } from "../src/index.ts";
import { codec, delivered, ORDERS, orderPaid } from "./events.ts";

describe("an event", () => {
  test("comes back from its message as it was, with topic and key from the contract", () => {
    const orderUuid = uuidv7();
    const record = orderPaid({ orderUuid, version: 3 });
    expect(record).toMatchObject({ topic: ORDERS, key: orderUuid, version: 3, type: "gantry.order.v1.OrderPaid" });
    const message = codec.toMessage(record);
    expect(message).toMatchObject({ topic: ORDERS, key: orderUuid, headers: { aggregate_version: "3" } });
    const read = codec.toRecord(delivered(message));
    expect(read).toEqual(record);
    expect(codec.decode(read)).toMatchObject({ $typeName: record.type, eventUuid: record.eventId, orderUuid });
    expect(codec.sameSchema(read)).toBe(true);
  });

  test("gets an id when it has none, and keeps the one it has", () => {
    const eventUuid = uuidv7();
    expect(orderPaid({ eventUuid }).eventId).toBe(eventUuid);
    expect(isUuid(orderPaid().eventId)).toBe(true);
  });

  test("that breaks its contract is refused where it is made, naming what is wrong", () => {
    expect(() => orderPaid({ version: 0 })).toThrow(
      expect.objectContaining({
        kind: "internal",
        reason: "EVENT_INVALID",
        message: expect.stringContaining("version"),
      }),
    );
    expect(() => orderPaid({ orderUuid: uuidv7().toUpperCase() })).toThrow("no UUID in lower case as orderUuid");
  });

  test("that is too large fails what wanted to publish it", () => {
    const total = create(MoneySchema, { minor: 1n, currency: "USD" });
    total.$unknown = [{ no: 1000, wireType: WireType.LengthDelimited, data: new Uint8Array(900_000) }];
    expect(() => orderPaid({ total })).toThrow(
      expect.objectContaining({ kind: "payload_too_large", reason: "EVENT_TOO_LARGE" }),
    );
  });

  test("carries the trace it was made in, as the child of a producer span", async () => {
    const telemetry = startTelemetry({ service: "test" });
    await withSpan("request", {}, (span) => {
      expect(orderPaid().headers.traceparent).toContain(span.traceId);
    });
    await telemetry.shutdown();
    expect(orderPaid().headers).not.toHaveProperty("traceparent");
  });
});

describe("a message that nobody can read", () => {
  const good = codec.toMessage(orderPaid());
  const headers = (change: Record<string, string | undefined>): OutboundMessage => ({
    ...good,
    headers: Object.fromEntries(
      Object.entries({ ...good.headers, ...change }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
  });
  const read = (message: OutboundMessage) => codec.decode(codec.toRecord(delivered(message)));

  test.each([
    ["without a type", headers({ type: undefined }), "EVENT_HEADERS_INVALID"],
    ["with a type that is no name", headers({ type: "a b\u0000" }), "EVENT_HEADERS_INVALID"],
    ["without an id", headers({ event_id: undefined }), "EVENT_HEADERS_INVALID"],
    ["with an id that is none", headers({ event_id: "7" }), "EVENT_HEADERS_INVALID"],
    ["with version 0", headers({ aggregate_version: "0" }), "EVENT_HEADERS_INVALID"],
    ["with a version beyond 31 bits", headers({ aggregate_version: "2147483648" }), "EVENT_HEADERS_INVALID"],
    ["with a version that is no number", headers({ aggregate_version: "1e3" }), "EVENT_HEADERS_INVALID"],
    ["with a key that is no id", { ...good, key: "order 7" }, "EVENT_HEADERS_INVALID"],
    ["of an unknown type", headers({ type: "gantry.order.v1.OrderLaunched" }), "EVENT_TYPE_UNKNOWN"],
    ["of a type named like a member of every object", headers({ type: "constructor" }), "EVENT_TYPE_UNKNOWN"],
    ["of another topic's type", headers({ type: "gantry.payment.v1.PaymentFailed" }), "EVENT_TYPE_UNKNOWN"],
    ["with the type of another event", headers({ type: "gantry.order.v1.OrderCancelled" }), "EVENT_HEADERS_INVALID"],
    ["with another id than its payload", headers({ event_id: uuidv7() }), "EVENT_HEADERS_INVALID"],
    ["with another version than its payload", headers({ aggregate_version: "9" }), "EVENT_HEADERS_INVALID"],
    ["with another key than its payload", { ...good, key: uuidv7() }, "EVENT_HEADERS_INVALID"],
    ["cut off", { ...good, value: good.value.subarray(0, -3) }, "EVENT_UNDECODABLE"],
    ["of random bytes", { ...good, value: new Uint8Array([255, 255, 255]) }, "EVENT_UNDECODABLE"],
    ["that is a tombstone", { ...good, value: new Uint8Array() }, "EVENT_INVALID"],
  ])("%s is refused for good", (_, message, reason) => {
    expect(() => read(message)).toThrow(expect.objectContaining({ kind: "invalid_argument", reason }));
  });

  test("does not reach the database by its other headers", () => {
    const record = codec.toRecord(delivered(headers({ tracestate: "a\u0000b", password: "hunter2" })));
    expect(Object.keys(record.headers).sort()).toEqual(["schema"]);
  });
});

describe("an event of a newer contract", () => {
  test("passes with the fields that we do not know, and says that its schema differs", () => {
    const record = orderPaid();
    const more = new Uint8Array([...record.payload, 0xfa, 0x07, 0x01, 0x78]);
    const newer = { ...record, payload: more, headers: { ...record.headers, schema: "0123456789abcdef" } };
    const event = codec.decode(newer);
    expect(event.$unknown).toHaveLength(1);
    expect(codec.sameSchema(newer)).toBe(false);
    expect(codec.sameSchema({ ...record, headers: {} })).toBeUndefined();
  });
});

describe("a schema's fingerprint", () => {
  test("is the same each time and differs between events", () => {
    const all = Object.values(events).map(({ schema }) => schemaFingerprint(schema));
    expect(new Set(all).size).toBe(all.length);
    expect(schemaFingerprint(OrderPaidSchema)).toBe(schemaFingerprint(OrderPaidSchema));
    expect(schemaFingerprint(OrderPaidSchema)).toMatch(/^[0-9a-f]{16}$/);
  });

  test("covers what the event is made of", () => {
    const [items] = OrderCreatedSchema.fields.filter(({ name }) => name === "items");
    const parts = [schemaFingerprint(OrderCreatedSchema), items?.message && schemaFingerprint(items.message)];
    expect(parts[0]).not.toBe(parts[1]);
  });
});

describe("publishing", () => {
  test("gives the record to the sink", async () => {
    const sent: unknown[] = [];
    const publisher = createPublisher(codec, async (records) => void sent.push(...records));
    const record = await publisher.publish(OrderCancelledSchema, {
      orderUuid: uuidv7(),
      userUuid: uuidv7(),
      version: 2,
      occurredAt: timestampFromDate(new Date()),
      reason: CancelReason.REQUESTED,
    });
    expect(sent).toEqual([record]);
    expect(record.type).toBe("gantry.order.v1.OrderCancelled");
  });

  test("straight to the broker fails when one is not acknowledged", async () => {
    const error = new AppError({ kind: "timeout", reason: "SLOW", message: "Slow." });
    const sink = brokerSink({
      send: async (messages) => messages.map((_, at) => (at === 1 ? { acked: false, error } : { acked: true })),
    });
    await sink([orderPaid()]);
    await expect(sink([orderPaid(), orderPaid()])).rejects.toBe(error);
  });
});

test("each topic needs twelve partitions and a dead-letter topic", () => {
  expect(topicSpecs(events, ["order.events.v1", "order.events.v1"])).toEqual([
    { name: "order.events.v1", partitions: 12 },
    { name: "order.events.v1.dlq", partitions: 1 },
  ]);
});

test("a payload is what the contract encodes", () => {
  const record = orderPaid();
  const event = codec.decode(record);
  if (event.$typeName !== "gantry.order.v1.OrderPaid") throw new Error("another event");
  expect(toBinary(OrderPaidSchema, event)).toEqual(record.payload);
});
