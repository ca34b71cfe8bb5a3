import type { Broker, TopicSpec } from "../port/broker.ts";

/** How the suite gets at an adapter. One for all tests of a suite. */
export interface BrokerHarness extends AsyncDisposable {
  /**
   * Makes a broker; the suite starts and stops it. All that a harness makes share one storage, except where `processes` is
   * undefined: there each has its own. Its `admin` works before the topics are there.
   * @param topics what `start` checks
   */
  createBroker(topics: readonly TopicSpec[]): Broker;
  /** How a process of its own makes a broker on the same storage. Undefined when that cannot be, as in memory. */
  readonly processes: BrokerProcesses | undefined;
  /** The longest from the death of a member without a word until others have its partitions. */
  readonly takeOverWithinMs: number;
  /** The longest that anything else may take: joining, delivering, sharing anew. Generous: it is a deadline, not a wait. */
  readonly withinMs: number;
  /**
   * Stores a message as other software might, past the port: no key, bytes that are not UTF-8. Undefined where nothing but
   * the port can write.
   */
  readonly sendForeign?: ((message: ForeignMessage) => Promise<void>) | undefined;
}

/** A message that the port cannot send. It goes to partition 0. */
export interface ForeignMessage {
  readonly topic: string;
  readonly key: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, Uint8Array>>;
  readonly value: Uint8Array;
}

/** What a child process needs to make a broker. */
export interface BrokerProcesses {
  /** The URL of a module that exports `createChildBroker` of type {@link CreateChildBroker}. Loaded by Node as it is. */
  readonly module: string;
  /** Passed to it; must survive JSON. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Makes a broker in a child process, which starts it. */
export type CreateChildBroker = (options: Readonly<Record<string, unknown>>) => Broker;
