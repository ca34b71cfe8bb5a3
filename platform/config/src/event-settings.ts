import { brokers, choice, postgresUrl } from "./schemas.ts";
import { setting } from "./setting.ts";

/**
 * Where events travel: Apache Kafka, or the embedded log in PostgreSQL. Exactly one of the two must be set; the broker says
 * so when it is made, because only it knows both.
 */
export function eventSettings() {
  return {
    kafkaBrokers: setting({
      env: "KAFKA_BROKERS",
      schema: brokers().optional(),
      description: "Addresses of Apache Kafka, separated by commas; unset: events use EVENTS_POSTGRES_URL.",
      example: "127.0.0.1:9092",
    }),
    kafkaGroupProtocol: setting({
      env: "KAFKA_GROUP_PROTOCOL",
      schema: choice(["consumer", "classic"]).default("consumer"),
      description: "How consumer groups share partitions: consumer (KIP-848, from Kafka 4.0) or classic.",
    }),
    eventLogUrl: setting({
      env: "EVENTS_POSTGRES_URL",
      schema: postgresUrl().optional(),
      description: "The database of the embedded event log; unset: events use KAFKA_BROKERS.",
      secret: true,
      example: "postgres://events:secret@127.0.0.1:5432/events",
    }),
  };
}
