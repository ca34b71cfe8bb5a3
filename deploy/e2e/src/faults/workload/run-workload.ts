import type { Customer } from "@gantry/devstack";
import type { Call } from "../history/call.ts";
import { createApi } from "./api.ts";
import type { Catalogue } from "./catalogue.ts";
import { createClient } from "./client.ts";
import type { Story } from "./plan.ts";
import { tell } from "./stories.ts";

/** The system as its customers reach it. */
export interface Shop {
  /** Base URL of the gateway. */
  readonly gateway: string;
  readonly catalogue: Catalogue;
  /** How long an order may stay unpaid. */
  readonly expiryMs: number;
  /** Registers somebody new and logs them in. */
  customer(): Promise<Customer>;
}

/** A workload that runs. */
export interface Workload {
  /** Every attempt that has ended, in the order of their ends. */
  readonly calls: readonly Call[];
  /** How many stories have ended. */
  told(): number;
  /** Resolves when every story has ended. */
  readonly done: Promise<void>;
  /** Begins no more stories and no more repeats. */
  stop(): void;
}

/** Everybody in the stories, by number. */
export type People = ReadonlyMap<number, Customer>;

/** Registers everybody in the stories: before the fault, because what it does to orders is the question. */
export async function peopleOf(shop: Shop, stories: readonly Story[]): Promise<People> {
  const numbers = [...new Set(stories.map(({ person }) => person))];
  return new Map(await Promise.all(numbers.map(async (number) => [number, await shop.customer()] as const)));
}

/** Tells the stories, `atOnce` of them at a time, in their order. */
export function runWorkload(shop: Shop, stories: readonly Story[], people: People, atOnce: number): Workload {
  const calls: Call[] = [];
  const stop = new AbortController();
  let next = 0;
  let told = 0;

  const live = async (story: Story): Promise<void> => {
    const customer = people.get(story.person);
    if (customer === undefined) throw new Error(`nobody is number ${story.person}`);
    const api = createApi({ gateway: shop.gateway, customer });
    const record = (call: Call): void => void calls.push(call);
    const client = createClient({ api, record, repeats: story.repeats, signal: stop.signal });
    await tell({ client, story, expiryMs: shop.expiryMs, ...shop.catalogue.basket(story.items) });
    told += 1;
  };
  const worker = async (): Promise<void> => {
    for (let story = stories[next++]; story !== undefined && !stop.signal.aborted; story = stories[next++]) {
      await live(story);
    }
  };
  const done = Promise.all(Array.from({ length: atOnce }, worker)).then(() => undefined);
  return { calls, told: () => told, done, stop: () => stop.abort() };
}
