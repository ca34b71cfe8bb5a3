import { createLogger } from "@gantry/telemetry";
import type { CreateChildBroker } from "../src/conformance/index.ts";
import { createKafkaBroker } from "../src/kafka/create-kafka-broker.ts";

/** For the members of the conformance suite that live in processes of their own. */
export const createChildBroker: CreateChildBroker = ({ brokers, groupProtocol }) => {
  const logger = createLogger({ service: "child", level: "error", destination: process.stderr });
  return createKafkaBroker({
    brokers: String(brokers).split(","),
    groupProtocol: groupProtocol === "classic" ? "classic" : "consumer",
    clientId: "child",
    topics: [],
    logger,
  });
};
