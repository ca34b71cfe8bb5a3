import { EventEmitter } from "node:events";
import {
  type ClientSettings,
  type CommittedOffset,
  codes,
  type Done,
  type Partition,
  type PartitionOffset,
  type RdConsumer,
  type RdError,
  type RdMessage,
  type RdProducer,
} from "../src/kafka/client/rd-kafka.ts";

/** An error as librdkafka gives it. */
export const rdError = (code: number, message = `code ${code}`): RdError & Error =>
  Object.assign(new Error(message), { code });

/** What a produced message waits for. */
export interface Queued {
  readonly key: string;
  /** Gives the delivery report. */
  report(error?: RdError): void;
}

/** A producer that reports when the test says so. */
export class FakeProducer extends EventEmitter implements RdProducer {
  readonly settings: ClientSettings;
  readonly queued: Queued[] = [];
  connected = false;
  disconnected = false;
  /** Thrown by the next `produce`. */
  refuses: RdError | undefined;

  constructor(settings: ClientSettings) {
    super();
    this.settings = settings;
  }
  connect(_: unknown, done: Done<unknown>): void {
    this.connected = true;
    done(null, undefined);
  }
  produce(...[, , , key, , opaque]: Parameters<RdProducer["produce"]>): void {
    const refusal = this.refuses;
    this.refuses = undefined;
    if (refusal !== undefined) throw refusal;
    const report = (error: RdError | null = null) => this.emit("delivery-report", error, { opaque });
    this.queued.push({ key: String(key), report });
  }
  setPollInBackground(): void {}
  disconnect(_: number, done: Done<unknown>): void {
    this.disconnected = true;
    done(null, undefined);
  }
}

/** A consumer that the test assigns partitions to and puts messages into. */
export class FakeConsumer extends EventEmitter implements RdConsumer {
  readonly settings: ClientSettings;
  readonly assigned = new Map<number, Partition>();
  readonly paused = new Set<number>();
  readonly commits = new Map<number, number>();
  /** What the group committed before. */
  groupOffsets: readonly CommittedOffset[] = [];
  /** The broker's answers to the next commits, in order; without one they succeed. */
  readonly commitErrors: RdError[] = [];
  /** Answered by the next `consume`. */
  consumeError: RdError | undefined;
  disconnects = 0;
  #messages: RdMessage[] = [];
  #lost = false;

  constructor(settings: ClientSettings) {
    super();
    this.settings = settings;
  }
  connect(_: unknown, done: Done<unknown>): void {
    done(null, undefined);
  }
  /** Gives the partitions of topic "t". */
  assignPartitions(...partitions: readonly number[]): void {
    this.#call("rebalance_cb", rdError(codes.assign), partitions.map(toPartition));
  }
  revokePartitions(partitions: readonly number[], lost = false): void {
    this.#lost = lost;
    this.#call("rebalance_cb", rdError(codes.revoke), partitions.map(toPartition));
  }
  put(...messages: readonly { readonly partition: number; readonly offset: number; readonly bytes?: number }[]): void {
    this.#messages.push(...messages.map((each) => ({ topic: "t", ...each, value: Buffer.alloc(each.bytes ?? 1) })));
    this.#call("queue_non_empty_cb");
  }
  get waiting(): number {
    return this.#messages.length;
  }
  consume(count: number, done: Done<readonly RdMessage[]>): void {
    const error = this.consumeError;
    this.consumeError = undefined;
    const here = error === undefined ? this.#messages : [];
    const ready = here.filter(({ partition }) => !this.paused.has(partition)).slice(0, count);
    this.#messages = this.#messages.filter((message) => !ready.includes(message));
    setImmediate(() => done(error, ready));
  }
  commitCb(offsets: readonly PartitionOffset[], done: Done): void {
    const error = this.commitErrors.shift();
    done(null);
    setImmediate(() => {
      if (error === undefined) for (const { partition, offset } of offsets) this.commits.set(partition, offset);
      this.#call("offset_commit_cb", error, offsets);
    });
  }
  committed(_partitions: readonly Partition[], _timeoutMs: number, done: Done<readonly CommittedOffset[]>): void {
    setImmediate(() => done(null, this.groupOffsets));
  }
  assignmentLost(): boolean {
    return this.#lost;
  }
  incrementalAssign(partitions: readonly Partition[]): void {
    for (const each of partitions) this.assigned.set(each.partition, each);
  }
  incrementalUnassign(partitions: readonly Partition[]): void {
    for (const { partition } of partitions) this.assigned.delete(partition);
    this.emit("unassigned");
  }
  pause(partitions: readonly Partition[]): void {
    for (const { partition } of partitions) this.paused.add(partition);
  }
  resume(partitions: readonly Partition[]): void {
    for (const { partition } of partitions) this.paused.delete(partition);
  }
  disconnect(done: Done<unknown>): void {
    this.disconnects++;
    done(null, undefined);
  }
  subscribe(): void {}
  unsubscribe(): void {}
  setDefaultConsumeTimeout(): void {}
  assign(): void {}

  #call(name: string, ...args: readonly unknown[]): void {
    const callback = this.settings[name];
    if (typeof callback === "function") callback(...args);
  }
}

const toPartition = (partition: number): Partition => ({ topic: "t", partition });
