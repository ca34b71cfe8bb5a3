import { join } from "node:path";

/** How the nodes of a cluster find each other. Fixed when its directories are formatted. */
export interface Layout {
  readonly clusterId: string;
  readonly nodes: readonly NodePlace[];
}

/** Where a node listens on 127.0.0.1. Every node is a broker and a controller. */
export interface NodePlace {
  /** From 1. */
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
}

/** The clients' list of brokers. */
export const brokersOf = ({ nodes }: Layout): string => nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");

/** A node's server.properties. */
export function serverProperties(layout: Layout, node: NodePlace, directory: string): string {
  const all = { ...identity(layout, node, directory), ...copies(layout), ...smallMachine, ...quickTakeOver(layout) };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

const identity = ({ nodes }: Layout, { id, port, controllerPort }: NodePlace, directory: string) => ({
  "process.roles": "broker,controller",
  "node.id": id,
  "controller.quorum.voters": nodes.map((voter) => `${voter.id}@127.0.0.1:${voter.controllerPort}`).join(","),
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
  "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
  "controller.listener.names": "CONTROLLER",
  "inter.broker.listener.name": "PLAINTEXT",
  "log.dirs": join(directory, "data"),
  // A topic made by a typo has the wrong number of partitions for good.
  "auto.create.topics.enable": false,
});

/** Three copies where there are three brokers: one may be gone, and what is acknowledged is still on two. */
function copies({ nodes }: Layout) {
  const replicas = nodes.length >= 3 ? 3 : 1;
  const inSync = nodes.length >= 3 ? 2 : 1;
  return {
    "default.replication.factor": replicas,
    // Becomes a setting of the cluster when it is formatted: changing it here later does nothing.
    "min.insync.replicas": inSync,
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": 12,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "transaction.state.log.num.partitions": 12,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": inSync,
    "share.coordinator.state.topic.num.partitions": 3,
  };
}

const smallMachine = {
  // The default takes 128 MB of heap for the log cleaner alone.
  "log.cleaner.dedupe.buffer.size": 8_388_608,
  "num.network.threads": 2,
  "num.io.threads": 4,
  // After kill -9 every partition is recovered with several fsyncs: in parallel.
  "num.recovery.threads.per.data.dir": 8,
};

/** Failover in seconds. The new group protocol takes its liveness time-out from the broker (45 s by default). */
function quickTakeOver({ nodes }: Layout) {
  return {
    "group.initial.rebalance.delay.ms": 200,
    "group.min.session.timeout.ms": 3_000,
    "group.consumer.min.session.timeout.ms": 3_000,
    "group.consumer.session.timeout.ms": 6_000,
    "group.consumer.min.heartbeat.interval.ms": 500,
    "group.consumer.heartbeat.interval.ms": 1_000,
    // A killed broker is fenced after this time (default 9 s). Only then do its partitions get new leaders, and only then
    // may the same node register again.
    "broker.session.timeout.ms": nodes.length >= 3 ? 5_000 : 3_000,
    "broker.heartbeat.interval.ms": 500,
  };
}
