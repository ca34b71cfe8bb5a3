import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@gantry/telemetry";
import type { Consumption, Subscription } from "../../port/broker.ts";
import type { ClientLog } from "../client/client-log.ts";
import { ask } from "../client/errors.ts";
import type { Partition, PartitionOffset, RdError, RdKafka } from "../client/rd-kafka.ts";
import { consumerSettings, type GroupProtocol, type KafkaAddress } from "../settings.ts";
import { Membership } from "./membership.ts";

const CONNECT_WITHIN_MS = 3_000;
const AGAIN_MS = 500;
/** What librdkafka calls fatal does not pass by itself. */
const AFTER_FATAL_MS = 2_000;

/** What a member is made of. */
export interface GroupMemberOptions {
  readonly client: RdKafka;
  readonly address: KafkaAddress;
  readonly groupProtocol: GroupProtocol;
  readonly log: ClientLog;
  readonly logger: Logger;
}

/**
 * Joins a group and stays in it until it is stopped, with as many connections after each other as that takes. Resolves when
 * the first is there or could not be made.
 */
export async function joinGroup(options: GroupMemberOptions, subscription: Subscription): Promise<Consumption> {
  const logger = options.logger.child({ group: subscription.group });
  const stopping = new AbortController();
  const stopped = new Promise<undefined>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve(undefined));
  });

  async function stay(first: Membership | undefined): Promise<void> {
    let member = first;
    while (!stopping.signal.aborted) {
      const fatal = member === undefined ? undefined : await Promise.race([member.ended, stopped]);
      if (fatal !== undefined)
        logger.error({ kafka_message: fatal.message, ...advice(options) }, "kafka consumer ended");
      await member?.leave();
      await pause(fatal === undefined ? AGAIN_MS : AFTER_FATAL_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      member = await connect({ ...options, logger }, subscription);
    }
    await member?.leave();
  }

  const staying = stay(await connect({ ...options, logger }, subscription));
  return {
    stop() {
      stopping.abort();
      return staying;
    },
  };
}

const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => undefined);

/** The one fatal error that a setting cures. */
const advice = ({ groupProtocol }: GroupMemberOptions) =>
  groupProtocol === "consumer" ? { advice: "brokers before Kafka 4 need KAFKA_GROUP_PROTOCOL=classic" } : {};

/** Undefined when no broker answers; the reason is in the log then. */
async function connect(options: GroupMemberOptions, subscription: Subscription): Promise<Membership | undefined> {
  const { client, address, groupProtocol, log, logger } = options;
  const consumer = new client.KafkaConsumer({
    ...consumerSettings(address, subscription.group, groupProtocol),
    rebalance_cb: (error: RdError, partitions: readonly Partition[]) => membership.rebalance(error, partitions),
    offset_commit_cb: (error: RdError | undefined, offsets: readonly PartitionOffset[]) =>
      membership.committed(error, offsets),
    queue_non_empty_cb: () => membership.wake(),
  });
  consumer.on("event.log", log.line);
  consumer.on("event.error", log.error);
  const membership: Membership = new Membership(consumer, { subscription, logger, log });
  try {
    await ask((done) => consumer.connect({ timeout: CONNECT_WITHIN_MS }, done));
  } catch {
    return undefined; // It has disconnected itself.
  }
  membership.begin();
  return membership;
}
