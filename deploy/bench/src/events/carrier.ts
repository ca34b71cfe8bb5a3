import { events } from "@gantry/gen/events/registry";
import { type Broker, createBroker, topicSpecs } from "@gantry/messaging";
import { silentLogger as logger } from "@gantry/telemetry";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@gantry/testing";
import { inherited } from "../config.ts";

export const TOPIC = "order.events.v1";

/** A durable PostgreSQL for one benchmark, and what carries its events: Kafka when the environment names one. */
export interface Carrier extends AsyncDisposable {
  /** For titles. */
  readonly title: string;
  readonly postgres: EmbeddedPostgres;
  /** What a process needs to reach the same broker. */
  readonly env: Readonly<Record<string, string>>;
  /** Started; ended with the carrier. */
  readonly broker: Broker;
}

export async function openCarrier(): Promise<Carrier> {
  const stack = new AsyncDisposableStack();
  try {
    const postgres = await startEmbeddedPostgres({ durable: true });
    stack.defer(() => postgres.stop());
    const kafka = inherited.KAFKA_BROKERS;
    const env = kafka ? { KAFKA_BROKERS: kafka } : { EVENTS_POSTGRES_URL: await postgres.createDatabase("events") };
    const broker = brokerOf(env, "bench");
    stack.defer(() => broker.stop());
    await broker.admin.createTopics(specs);
    await broker.start();
    return {
      title: kafka === undefined ? "embedded log" : "Kafka",
      postgres,
      env,
      broker,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

const specs = topicSpecs(events, [TOPIC]);

/** The broker that `env` names, not started. */
export function brokerOf(env: Readonly<Record<string, string | undefined>>, clientId: string): Broker {
  return createBroker({
    kafkaBrokers: env.KAFKA_BROKERS?.split(","),
    eventLogUrl: env.EVENTS_POSTGRES_URL,
    clientId,
    topics: specs,
    logger,
  });
}
