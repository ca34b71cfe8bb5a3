import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Broker, Consumption, TopicSpec } from "../port/broker.ts";
import { KafkaAdmin } from "./admin/kafka-admin.ts";
import { createClientLog } from "./client/client-log.ts";
import { loadClient } from "./client/load-client.ts";
import { joinGroup } from "./consumer/group-member.ts";
import { KafkaProducer } from "./producer/kafka-producer.ts";
import { unacknowledged } from "./producer/outcomes.ts";
import type { GroupProtocol, KafkaAddress } from "./settings.ts";

const CHECK_AGAIN_MS = 2_000;

/** Where Apache Kafka is and what it must hold. */
export interface KafkaBrokerOptions extends KafkaAddress {
  /** Default `consumer` (KIP-848, Kafka 4). `classic` for older brokers. All members of a group use the same. */
  readonly groupProtocol?: GroupProtocol | undefined;
  /** Checked at the start. */
  readonly topics: readonly TopicSpec[];
  readonly logger: Logger;
}

/**
 * The port on Apache Kafka 4 (3.x with the classic protocol). The client is loaded by `start` or the first operation of
 * `admin`, and not before.
 */
export function createKafkaBroker(options: KafkaBrokerOptions): Broker {
  const { brokers, clientId, groupProtocol = "consumer", topics, logger } = options;
  const address = { brokers, clientId };
  const log = createClientLog(logger);
  const admin = new KafkaAdmin({ client: loadClient, address, log });
  const consumptions = new Set<Consumption>();
  const stopping = new AbortController();
  let producer: KafkaProducer | undefined;
  let checked: Promise<void> | undefined;

  /** Until a broker answers. What it answers is then too late to refuse the start, and loud instead. */
  async function checkLater(): Promise<void> {
    while (!stopping.signal.aborted) {
      await delay(CHECK_AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      try {
        return await admin.checkTopics(topics);
      } catch (error) {
        if (!isUnavailable(error)) logger.error({ error }, "kafka does not have the topics it needs");
      }
    }
  }

  return {
    name: "broker",
    admin,
    async start() {
      const client = loadClient();
      try {
        await admin.checkTopics(topics);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        logger.warn({ error }, "kafka does not answer yet; trying on");
        checked = checkLater();
      }
      producer ??= new KafkaProducer({ client, address, log, logger });
    },
    async stop() {
      stopping.abort();
      await Promise.all([...consumptions].map((consumption) => consumption.stop()));
      await producer?.stop();
      await checked;
      admin.disconnect();
    },
    async send(messages) {
      return (await producer?.send(messages)) ?? messages.map(() => unacknowledged());
    },
    async consume(subscription) {
      const member = await joinGroup({ client: loadClient(), address, groupProtocol, log, logger }, subscription);
      consumptions.add(member);
      return member;
    },
  };
}

const isUnavailable = (error: unknown): boolean => AppError.is(error) && error.kind === "unavailable";
