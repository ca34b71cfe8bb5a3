import { randomUUID } from "node:crypto";
import { type Assignable, assignPartitions } from "../port/assign-partitions.ts";
import type { Consumption, PartitionLag, Subscription } from "../port/broker.ts";
import { deliver } from "../port/deliver.ts";
import { groupActive } from "../port/refusals.ts";
import type { MemoryTopics } from "./memory-topics.ts";

const DEFAULT_BATCH_SIZE = 200;

interface Member {
  readonly id: string;
  readonly topics: readonly string[];
  readonly subscription: Subscription;
  stopped: Promise<void> | undefined;
  /** What it was told last. */
  announced: string;
}

interface Held {
  readonly member: Member;
  readonly leaving: AbortController;
  /** Settles when the member's last batch is done. */
  readonly done: Promise<void>;
}

interface Slot extends Assignable {
  readonly partition: number;
}

/** The members of one group, and how far they are. */
export class MemoryGroup {
  readonly #name: string;
  readonly #topics: MemoryTopics;
  readonly #members: Member[] = [];
  readonly #committed = new Map<string, bigint>();
  readonly #held = new Map<string, Held>();

  constructor(name: string, topics: MemoryTopics) {
    this.#name = name;
    this.#topics = topics;
  }

  join(subscription: Subscription): Consumption {
    for (const topic of subscription.topics) this.#topics.partitions(topic);
    const member: Member = {
      id: randomUUID(),
      topics: subscription.topics,
      subscription,
      stopped: undefined,
      announced: "",
    };
    this.#members.push(member);
    this.#balance();
    return {
      stop: () => {
        member.stopped ??= this.#leave(member);
        return member.stopped;
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#leave(member)));
  }

  lag(topics: readonly string[]): PartitionLag[] {
    return topics.flatMap((topic) =>
      this.#topics.ranges(topic).map(({ partition, first, next }) => {
        return { topic, partition, next, committed: this.#committed.get(slotId(topic, partition)) ?? first };
      }),
    );
  }

  seek(topic: string, partition: number, offset: bigint): void {
    if (this.#members.length > 0) throw groupActive(this.#name, this.#members.length);
    this.#topics.partitions(topic);
    this.#committed.set(slotId(topic, partition), offset);
  }

  async #leave(member: Member): Promise<void> {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
    const mine = [...this.#held.values()].filter((held) => held.member === member);
    this.#balance();
    await Promise.all(mine.map((held) => held.done));
  }

  #balance(): void {
    const slots = this.#slots();
    const owners = new Map([...this.#held].map(([id, { member }]) => [id, member.id]));
    const targets = assignPartitions(slots, this.#members, owners);
    for (const [id, { member, leaving }] of this.#held) if (targets.get(id) !== member.id) leaving.abort();
    for (const slot of slots) this.#take(slot, targets.get(slot.id));
    for (const member of this.#members) this.#announce(member, slots);
  }

  /** The one that has it now hands it on when its batch is done. */
  #take(slot: Slot, target: string | undefined): void {
    const member = this.#members.find(({ id }) => id === target);
    if (member === undefined || this.#held.has(slot.id)) return;
    const leaving = new AbortController();
    const done = this.#run(slot, member, leaving.signal).finally(() => {
      this.#held.delete(slot.id);
      this.#balance();
    });
    this.#held.set(slot.id, { member, leaving, done });
  }

  #run({ id, topic, partition }: Slot, { subscription }: Member, signal: AbortSignal): Promise<void> {
    const limit = subscription.batchSize ?? DEFAULT_BATCH_SIZE;
    const feed = {
      topic,
      partition,
      fetch: (from: bigint) => this.#topics.waitFor(topic, partition, from, limit, signal),
      commit: async (next: bigint) => {
        this.#committed.set(id, next);
      },
      failed: () => undefined,
    };
    return deliver(feed, subscription, this.#committed.get(id) ?? 0n, signal);
  }

  #announce(member: Member, slots: readonly Slot[]): void {
    const mine = slots.filter(({ id }) => this.#held.get(id)?.member === member);
    const announced = mine.map(({ id }) => id).join();
    if (announced === member.announced) return;
    member.announced = announced;
    member.subscription.onAssignment?.(mine.map(({ topic, partition }) => ({ topic, partition })));
  }

  #slots(): Slot[] {
    const topics = new Set(this.#members.flatMap((member) => member.topics));
    return [...topics].flatMap((topic) =>
      this.#topics.partitions(topic).map((_, partition) => ({ id: slotId(topic, partition), topic, partition })),
    );
  }
}

const slotId = (topic: string, partition: number): string => `${topic}/${partition}`;
