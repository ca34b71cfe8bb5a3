import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { createKafkaBroker } from "./kafka/create-kafka-broker.ts";
import { createLogBroker } from "./log/log-broker.ts";
import { observed } from "./observed-broker.ts";
import type { Broker, TopicSpec } from "./port/broker.ts";

/** Where events travel. `eventSettings()` of @gantry/config reads the first three. */
export interface BrokerOptions {
  /** Addresses of Apache Kafka, `host:port`. */
  readonly kafkaBrokers?: readonly string[] | undefined;
  /** Default `consumer` (KIP-848). Only for Kafka. */
  readonly kafkaGroupProtocol?: "consumer" | "classic" | undefined;
  /** The database of the embedded log. */
  readonly eventLogUrl?: string | undefined;
  /** Shown to the broker: the name of the service. */
  readonly clientId: string;
  /** What must be there at the start, from `topicSpecs`. */
  readonly topics: readonly TopicSpec[];
  readonly logger: Logger;
}

/**
 * The broker that the environment chooses: Apache Kafka, or the log embedded in PostgreSQL. It does nothing before its start.
 * @throws AppError `failed_precondition` EVENTS_NOT_CONFIGURED unless exactly one of the two is set
 */
export function createBroker(options: BrokerOptions): Broker {
  const { kafkaBrokers, kafkaGroupProtocol, eventLogUrl, ...common } = options;
  if (kafkaBrokers !== undefined && eventLogUrl === undefined)
    return observed(
      createKafkaBroker({ ...common, brokers: kafkaBrokers, groupProtocol: kafkaGroupProtocol }),
      "kafka",
    );
  if (kafkaBrokers === undefined && eventLogUrl !== undefined)
    return observed(createLogBroker({ ...common, url: eventLogUrl }), "log");
  throw notConfigured(kafkaBrokers !== undefined);
}

const notConfigured = (both: boolean): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "EVENTS_NOT_CONFIGURED",
    message: both
      ? "Both KAFKA_BROKERS and EVENTS_POSTGRES_URL are set: events travel by one of them. Unset the other."
      : "Set KAFKA_BROKERS (Apache Kafka) or EVENTS_POSTGRES_URL (the embedded log): events travel by one of them.",
  });
