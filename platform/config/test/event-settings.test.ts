import { expect, test } from "vitest";
import { defineConfig, eventSettings } from "../src/index.ts";

const config = defineConfig("order", eventSettings());

test("reads the addresses of Kafka as a list", () => {
  expect(config.load({ KAFKA_BROKERS: "127.0.0.1:9092, kafka-1.internal:9093,[::1]:9094" })).toEqual({
    kafkaBrokers: ["127.0.0.1:9092", "kafka-1.internal:9093", "[::1]:9094"],
    kafkaGroupProtocol: "consumer",
    eventLogUrl: undefined,
  });
});

test.each(["localhost", "localhost:0", "kafka:9092,", "kafka://a:9092", "a:9092;b:9092", "a b:9092"])(
  "refuses %j as addresses of Kafka",
  (addresses) => {
    expect(() => config.load({ KAFKA_BROKERS: addresses })).toThrow("must be host:port");
  },
);

test("hides the database of the embedded log", () => {
  expect(() => config.load({ EVENTS_POSTGRES_URL: "mysql://me:hunter2@host/db" })).toThrow(
    expect.not.stringContaining("hunter2"),
  );
  expect(config.describe().find(({ env }) => env === "EVENTS_POSTGRES_URL")?.secret).toBe(true);
});

test("refuses another group protocol", () => {
  expect(() => config.load({ KAFKA_GROUP_PROTOCOL: "static" })).toThrow("must be one of consumer, classic");
});
