import type { ClientSettings } from "./client/rd-kafka.ts";

/** Where Kafka is, and who asks. */
export interface KafkaAddress {
  readonly brokers: readonly string[];
  readonly clientId: string;
}

/** How a group agrees on who has what: KIP-848, or the older protocol with the cooperative assignor. */
export type GroupProtocol = "consumer" | "classic";

const WARNINGS = 4;

/** For every client. */
export const commonSettings = ({ brokers, clientId }: KafkaAddress): ClientSettings => ({
  "bootstrap.servers": brokers.join(","),
  "client.id": clientId,
  log_level: WARNINGS,
  "allow.auto.create.topics": false,
  // A broker that restarts is found again within a second, not within ten.
  "reconnect.backoff.max.ms": 1_000,
  "socket.keepalive.enable": true,
  "topic.metadata.refresh.interval.ms": 60_000,
  // So long a topic that was just created may be unknown to a broker; then it is missing.
  "topic.metadata.propagation.max.ms": 3_000,
});

/** After this the fate of a message is unknown. */
export const MESSAGE_TIMEOUT_MS = 10_000;

/** Durable before it is acknowledged, in order, and no repeats by the client's own retries. */
export const producerSettings = (address: KafkaAddress): ClientSettings => ({
  ...commonSettings(address),
  "enable.idempotence": true,
  acks: "all",
  "message.timeout.ms": MESSAGE_TIMEOUT_MS,
  "request.timeout.ms": 5_000,
  "socket.timeout.ms": MESSAGE_TIMEOUT_MS,
  // Messages that wait for a free connection are sent together anyway.
  "linger.ms": 1,
  "retry.backoff.ms": 50,
  "retry.backoff.max.ms": 500,
  // The partition of a key as the Java client and the embedded log have it.
  partitioner: "murmur2_random",
  dr_cb: true,
});

/** Nothing is committed but what we commit. */
export const consumerSettings = (address: KafkaAddress, group: string, protocol: GroupProtocol): ClientSettings => ({
  ...commonSettings(address),
  "group.id": group,
  ...protocolSettings[protocol],
  "enable.auto.commit": false,
  "enable.auto.offset.store": false,
  "auto.offset.reset": "earliest",
  // Read ahead, for all partitions together: 16 MB or so many messages, whichever is reached first.
  "queued.max.messages.kbytes": 16_384,
  "queued.min.messages": 2_000,
  // A request for partitions without news is answered after this. Partitions that join meanwhile wait for it.
  "fetch.wait.max.ms": 100,
});

const protocolSettings: Readonly<Record<GroupProtocol, ClientSettings>> = {
  // Its time-outs are the broker's (group.consumer.*); the client refuses to be given any.
  consumer: { "group.protocol": "consumer" },
  classic: {
    "group.protocol": "classic",
    "partition.assignment.strategy": "cooperative-sticky",
    // The least that a broker allows unless told otherwise. A member that is silent so long has lost its partitions.
    "session.timeout.ms": 6_000,
    "heartbeat.interval.ms": 1_500,
  },
};
