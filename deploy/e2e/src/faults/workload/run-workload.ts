import { uuidv7 } from "@gantry/kernel";
import type { Call } from "../history/call.ts";
import { createApi } from "./api.ts";
import type { Catalogue } from "./catalogue.ts";
import { createClient } from "./client.ts";
import type { Story } from "./plan.ts";
import { tell } from "./stories.ts";

/** The system as its customers reach it. */
export interface Shop {
  readonly orderUrl: string;
  readonly paymentUrl: string;
  readonly catalogue: Catalogue;
  /** How long an order may stay unpaid. */
  readonly expiryMs: number;
  token(userUuid: string): Promise<string>;
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

/** Tells the stories, `atOnce` of them at a time, in their order. */
export function runWorkload(shop: Shop, stories: readonly Story[], atOnce: number): Workload {
  const calls: Call[] = [];
  const stop = new AbortController();
  const people = new Map<number, Promise<Person>>();
  let next = 0;
  let told = 0;

  const personOf = (index: number): Promise<Person> => {
    const person = people.get(index) ?? aPerson(shop);
    people.set(index, person);
    return person;
  };
  const live = async (story: Story): Promise<void> => {
    const { userUuid, token } = await personOf(story.person);
    const api = createApi({ ...shop, userUuid, token });
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

interface Person {
  readonly userUuid: string;
  readonly token: string;
}

async function aPerson(shop: Shop): Promise<Person> {
  const userUuid = uuidv7();
  return { userUuid, token: await shop.token(userUuid) };
}
