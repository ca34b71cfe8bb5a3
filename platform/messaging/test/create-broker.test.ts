import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { createBroker } from "../src/index.ts";

const options = { clientId: "test", topics: [], logger: silentLogger };

test.each([
  ["neither is set", {}],
  ["both are", { kafkaBrokers: ["127.0.0.1:9092"], eventLogUrl: "postgres://127.0.0.1/events" }],
])("events travel by Kafka or the log: refused when %s", (_, where) => {
  expect(() => createBroker({ ...options, ...where })).toThrow(
    expect.objectContaining({ kind: "failed_precondition", reason: "EVENTS_NOT_CONFIGURED" }),
  );
});

test.each([
  ["Kafka", { kafkaBrokers: ["127.0.0.1:1"], kafkaGroupProtocol: "classic" as const }],
  ["the log", { eventLogUrl: "postgres://nobody@127.0.0.1:1/events" }],
])("%s is chosen without a look at it", async (_, where) => {
  const broker = createBroker({ ...options, ...where });
  expect(broker.name).toBe("broker");
  await broker.stop();
});
