import { silentLogger } from "@gantry/telemetry";
import { describe, test } from "vitest";
import { type BrokerHarness, describeBroker } from "../src/conformance/index.ts";
import { createKafkaBroker } from "../src/kafka/create-kafka-broker.ts";
import type { GroupProtocol } from "../src/kafka/settings.ts";
import { kafkaBrokers } from "./config.ts";
import { sendForeign } from "./kafka-foreign.ts";

const protocols: readonly GroupProtocol[] = ["consumer", "classic"];

if (kafkaBrokers === undefined) {
  describe("Kafka", () => {
    test.skip("needs KAFKA_BROKERS: node deploy/infra/src/main.ts kafka -- vitest run", () => undefined);
  });
} else {
  for (const groupProtocol of protocols) {
    describeBroker(`Kafka, group protocol ${groupProtocol}`, async () => harness(kafkaBrokers, groupProtocol));
  }
}

const harness = (brokers: readonly string[] = [], groupProtocol: GroupProtocol): BrokerHarness => ({
  createBroker: (topics) =>
    createKafkaBroker({ brokers, groupProtocol, clientId: "test", topics, logger: silentLogger }),
  processes: { module: new URL("./kafka-child.ts", import.meta.url).href, options: { brokers, groupProtocol } },
  takeOverWithinMs: 20_000,
  withinMs: 30_000,
  sendForeign: (message) => sendForeign(brokers, message),
  async [Symbol.asyncDispose]() {},
});
