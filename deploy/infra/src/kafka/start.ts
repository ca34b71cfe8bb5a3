import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startGuard } from "@gantry/testing";
import { ownDirectory } from "../own-directory.ts";
import { installKafka } from "./install.ts";
import { layoutOf } from "./layout.ts";
import { type KafkaNode, type NodeOptions, startNode } from "./node.ts";
import { brokersOf, type Layout } from "./settings.ts";

/** How large a cluster is and where it keeps its data. */
export interface KafkaOptions {
  /** Kept, with its ports and its number of brokers. Without it: a new one, deleted by `stop`. */
  readonly directory?: string;
  /** Default 1. Three keep three copies of everything and go on without one of them. */
  readonly brokers?: 1 | 3;
}

/** A running Apache Kafka that belongs to this process, and ends with it, `kill -9` included. */
export interface KafkaCluster extends AsyncDisposable {
  /** What clients connect to: `host:port`, with commas between. */
  readonly brokers: string;
  /** Ends a node (1, 2, 3) as a crash does. Resolves when it is gone. */
  kill(node: number): Promise<void>;
  /** Starts a node that was killed, on its port and data. Resolves when it serves clients: about ten seconds. */
  start(node: number): Promise<void>;
  /** Ends all nodes; deletes a directory it made itself. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts Apache Kafka in KRaft mode, without ZooKeeper or containers, fetching it first if need be (about ten seconds
 * once). Listens on 127.0.0.1 only. Resolves when every node serves clients: two to ten seconds.
 *
 * @throws Error saying what is missing (Java, Maven) or what a node said that did not come up; nothing keeps running then.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  startGuard();
  const program = await installKafka();
  const own = options.directory === undefined ? await ownDirectory("gantry-kafka-") : undefined;
  const directory = resolve(own?.path ?? options.directory ?? "");
  await mkdir(directory, { recursive: true });
  const layout = await layoutOf(directory, options.brokers ?? 1);
  const nodes = new Map<number, KafkaNode>();

  const start = async (id: number): Promise<void> => {
    if (!nodes.has(id)) nodes.set(id, await startNode(nodeOptions(id)));
  };
  const kill = async (id: number): Promise<void> => {
    await nodes.get(id)?.kill();
    nodes.delete(id);
  };
  const stop = async (): Promise<void> => {
    // All at once: a controller that waits for a quorum already gone would use up its time. What is deleted anyway needs
    // no orderly end, which takes seconds.
    await Promise.all([...nodes.values()].map((node) => (own === undefined ? node.stop() : node.kill())));
    nodes.clear();
    await own?.remove();
  };
  const nodeOptions = (id: number): NodeOptions => {
    const node = placeOf(layout, id);
    return { program, layout, node, directory: join(directory, `node-${id}`) };
  };

  const starts = await Promise.allSettled(layout.nodes.map(({ id }) => start(id)));
  const failed = starts.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { brokers: brokersOf(layout), kill, start, stop, [Symbol.asyncDispose]: stop };
}

function placeOf({ nodes }: Layout, id: number) {
  const node = nodes.find((one) => one.id === id);
  if (node === undefined) throw new Error(`there is no node ${id}; the nodes are 1 to ${nodes.length}`);
  return node;
}
